"""Names of persons lie in a file of their own that always goes with what readers see."""

import stat
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest

from orchestration.base.build_files import published_file
from orchestration.base.errors import Blocked
from orchestration.base.lock import claim
from orchestration.publishing import versions
from orchestration.publishing.publish import Publication, audit, write_version
from orchestration.publishing.published_tables import RESTRICTED, Table
from orchestration.publishing.rollback import roll_back
from orchestration.publishing.versions import current_version, follow, names, prune, switch, tidy
from tests.support.publication import TABLES, build_file, company_paths, rows

PERSONS = (Table("restricted_staff", ("staff_id", "staff_name"), ("staff_id",), RESTRICTED),)


@pytest.fixture
def paths(tmp_path):
    return company_paths(tmp_path)


def write(paths, refresh_id):
    """Both versions of one refresh, as a refresh writes them; nothing is switched."""
    build = build_file(paths.build_folder(refresh_id))
    with duckdb.connect(str(published_file(build, RESTRICTED))) as connection:
        connection.execute("create schema restricted")
        connection.execute(
            f"create table restricted.restricted_staff as "
            f"select 's1' as staff_id, 'Planted {refresh_id}' as staff_name"
        )
    audit(build)
    claim(paths.token, refresh_id)
    marts = Publication(refresh_id, "acme", datetime(2025, 3, 1, tzinfo=UTC), "0", "f", 7)
    persons = replace(marts, schema=RESTRICTED, tables=PERSONS)
    write_version(paths.restricted, build, persons)
    write_version(paths, build, replace(marts, tables=TABLES))


def publish(paths, refresh_id):
    write(paths, refresh_id)
    switch(paths, refresh_id)


def shown(paths) -> tuple[str | None, str | None]:
    return current_version(paths), current_version(paths.restricted)


def test_names_lie_in_a_file_of_their_own_outside_of_what_is_published(paths):
    publish(paths, "r1")
    database = paths.state / "restricted" / "current" / "customer_health.duckdb"
    assert rows(database, "from restricted.restricted_staff") == [("s1", "Planted r1")]
    assert rows(database, "select distinct schema_name from duckdb_tables()") == [("restricted",)]
    published = paths.published / "current" / "customer_health.duckdb"
    assert rows(published, "select distinct schema_name from duckdb_tables()") == [("marts",)]
    assert not (paths.state / "restricted" / "current" / "parquet").exists()


def test_only_the_account_that_runs_refreshes_can_open_them(paths, monkeypatch):
    publish(paths, "r1")
    root = paths.state / "restricted"
    found = {
        path.relative_to(root).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in [root, *root.rglob("*")]
        if not path.is_symlink()
    }
    assert found["."] == found["versions/r1"] == 0o700
    assert {name: mode for name, mode in found.items() if name.endswith(("duckdb", "json"))} == {
        "versions/r1/customer_health.duckdb": 0o400,
        "versions/r1/manifest.json": 0o400,
    }


def test_names_are_switched_before_the_marts_and_by_a_rollback_too(paths, monkeypatch):
    order = []
    link = versions._point

    def noted(where, name):
        order.append(where.published.name)
        link(where, name)

    monkeypatch.setattr(versions, "_point", noted)
    publish(paths, "r1")
    publish(paths, "r2")
    assert order == ["restricted", "published"] * 2 and shown(paths) == ("r2", "r2")
    roll_back(paths, author="ada", reason="a test")
    assert shown(paths) == ("r1", "r1")


def test_a_refresh_killed_between_the_two_links_is_put_right_by_the_next(paths, monkeypatch):
    publish(paths, "r1")
    write(paths, "r2")

    def killed(where, name):
        if where.published.name == "published":
            raise KeyboardInterrupt
        link(where, name)

    link = versions._point
    monkeypatch.setattr(versions, "_point", killed)
    with pytest.raises(KeyboardInterrupt):
        switch(paths, "r2")
    assert shown(paths) == ("r1", "r2")
    monkeypatch.undo()
    tidy(paths, {"r1": "published"})
    assert shown(paths) == ("r1", "r1")
    assert names(paths) == names(paths.restricted) == ["r1"]


def test_names_are_kept_and_removed_with_their_version(paths):
    for number in range(1, 5):
        publish(paths, f"r{number}")
    (paths.restricted.versions / ".making-r5").mkdir()
    prune(paths, 2)
    assert names(paths) == names(paths.restricted) == ["r3", "r4"]
    tidy(paths, {"r3": "published", "r4": "published"})
    assert sorted(p.name for p in paths.restricted.versions.iterdir()) == ["r3", "r4"]


def test_a_version_of_an_earlier_release_has_no_names_to_show(paths):
    publish(paths, "r1")
    publish(paths, "r2")
    versions._remove(paths.restricted, "r1")
    roll_back(paths, author="ada", reason="a test")
    assert shown(paths) == ("r1", None) and not paths.restricted.current.is_symlink()
    follow(paths)
    assert shown(paths) == ("r1", None)
    roll_back(paths, "r2", author="ada", reason="a test")
    assert shown(paths) == ("r2", "r2")


@pytest.mark.parametrize("value", ["zoe@example.org", "Zoë <zoe+x@mail.example.org>"])
def test_an_address_in_a_mart_stops_publishing(paths, value):
    build = build_file(paths.build_folder("r1"))
    with duckdb.connect(str(published_file(build, "marts"))) as connection:
        connection.execute(
            "update marts.fct_account_health set account_id = ? where score > 15", [value]
        )
    audit(build)
    marts = Publication("r1", "acme", datetime(2025, 3, 1, tzinfo=UTC), "0", "f", 7)
    with pytest.raises(Blocked, match=r"marts\.fct_account_health\.account_id: 2 rows") as told:
        write_version(paths, build, marts)
    assert "zoe" not in str(told.value) and names(paths) == []


def test_a_sign_alone_is_no_address(paths):
    build = build_file(paths.build_folder("r1"))
    with duckdb.connect(str(published_file(build, "marts"))) as connection:
        connection.execute("update marts.fct_account_health set account_id = 'Bar @ Home. Ltd'")
    audit(build)
    write_version(paths, build, Publication("r1", "a", datetime(2025, 3, 1), "0", "f", 7))
