"""Publishing begins with the last version: after whatever happened before, never mixed with it."""

import os
from collections import namedtuple

import duckdb
import pytest

from orchestration.base import disk
from orchestration.base.build_files import published_file
from orchestration.base.errors import Blocked, HealthError
from orchestration.publishing import publish, version_check, versions
from orchestration.publishing.rollback import roll_back
from orchestration.refresh import Refresh

Usage = namedtuple("Usage", "total used free")
OWN = ("quality_sources", "refresh_log")  # they name the refresh
CHECK = "fct_account_health_score_is_at_most_100"
MONTHS = [f"2024-{month:02d}" for month in range(1, 13)]


@pytest.fixture(scope="module")
def year(published_world, standing_place, tmp_path_factory):
    """Three accounts with a year of use: most of it stays as it is from refresh to refresh."""
    world = published_world.copy(standing_place)
    world.use("year", *((account, month, 5) for account in "abc" for month in MONTHS))
    world.refresh()
    return world.moved(tmp_path_factory.mktemp("year") / "world")


@pytest.fixture
def world(year, standing_place, tmp_path):
    world = year.copy(standing_place)
    yield world
    world.moved(tmp_path / "world")


def land_and_refresh(world, days: int, **details):
    world.use("day", ("c", "2025-03", days))
    with Refresh(world.settings, **details) as refresh:
        return refresh.run().refresh_id


def shares_with(world) -> str | None:
    return version_check.read_manifest(world.paths.current)["shares_with"]


def tables(database) -> dict[str, list]:
    """The rows of every mart, sorted, with columns in the order of their names."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select table_name, string_agg(column_name order by column_name) "
            "from duckdb_columns() where schema_name = 'marts' group by 1"
        ).fetchall()
        return {
            name: connection.execute(f"select {columns} from marts.{name} order by all").fetchall()
            for name, columns in found
            if name not in OWN
        }


def require_the_build(world) -> None:
    """Readers see the tables of the audited build, no row more or less."""
    assert version_check.damage(world.paths.current.resolve()) == []
    assert tables(world.database) == tables(published_file(world.paths.audited_file, "marts"))


def test_after_a_rollback_a_block_and_an_overtaken_refresh_nothing_is_mixed(world, monkeypatch):
    first = versions.current_version(world.paths)
    second = land_and_refresh(world, 5)
    assert shares_with(world) == first
    require_the_build(world)

    roll_back(world.paths, author="ada", reason="a test")
    assert versions.current_version(world.paths) == first
    third = land_and_refresh(world, 6)
    assert shares_with(world) == second  # the newest whole one, whatever readers saw
    require_the_build(world)

    check = world.settings.dbt_project_dir / "tests" / f"{CHECK}.sql"
    strict = check.read_text()
    check.write_text(strict.replace("score > 100", "score > 0"))
    with pytest.raises(Blocked, match=CHECK):
        land_and_refresh(world, 7)
    check.write_text(strict)
    assert versions.current_version(world.paths) == third
    fourth = land_and_refresh(world, 8)
    assert shares_with(world) == third
    require_the_build(world)

    write = publish.write_version

    def overtaken(paths, build_file, publication):
        version = write(paths, build_file, publication)
        world.paths.token.write_text("a newer run")
        return version

    monkeypatch.setattr(publish, "write_version", overtaken)
    with pytest.raises(Blocked, match="no longer the newest"):
        land_and_refresh(world, 9)
    monkeypatch.undo()
    assert versions.current_version(world.paths) == fourth
    land_and_refresh(world, 10)
    assert shares_with(world) == fourth  # what was never shown is shared with by nobody
    require_the_build(world)

    january = "parquet/fct_account_health/as_of_month=2024-01/part-0.parquet"
    kept = [world.paths.versions / name / january for name in versions.names(world.paths)]
    assert len(kept) == 5 and all(os.path.samefile(kept[0], each) for each in kept)  # noqa: PTH121


def test_a_full_refresh_is_written_anew_and_the_next_one_begins_with_it(world):
    land_and_refresh(world, 1)
    before = tables(world.database)
    with Refresh(world.settings, full=True) as refresh:
        full = refresh.run().refresh_id
    assert shares_with(world) is None and tables(world.database) == before
    land_and_refresh(world, 2)
    assert shares_with(world) == full
    require_the_build(world)


def test_a_disk_without_room_is_told_before_a_load_is_archived(world, monkeypatch):
    asked = []

    def usage(folder):
        asked.append(folder)
        return Usage(10_000_000, 9_000_000, 1_000_000)

    monkeypatch.setattr(disk.shutil, "disk_usage", usage)
    assert world.refresh().status == "nothing_new" and not asked
    loads = sorted((world.paths.state / "loads").iterdir())
    world.use("day", ("c", "2025-03", 5))
    with pytest.raises(HealthError, match=r"has 1 MB free; this refresh needs about \d+ MB"):
        world.refresh()
    assert asked and sorted((world.paths.state / "loads").iterdir()) == loads
