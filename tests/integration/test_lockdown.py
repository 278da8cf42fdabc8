"""No SQL that runs over a company's data reaches a file, a link, an extension or a setting."""

from pathlib import Path

import duckdb
import pytest

from orchestration.base import lockdown
from orchestration.base.errors import HealthError
from orchestration.base.lockdown import open_read_only, shut_in
from orchestration.warehouse import compare
from orchestration.warehouse.dev import build_dev
from tests.support.landing import ACCOUNTS, CompanyFolder

REFUSED = ("disabled by configuration", "disabled through configuration", "has been locked")


def attempts(outside) -> dict[str, str]:
    """What an attacker would write; `outside` is a folder with secret.csv, other.duckdb."""
    return {
        "reads_a_file": f"select * from read_csv('{outside}/secret.csv')",
        "reads_a_text": "select * from read_text('/etc/passwd')",
        "reads_its_environment": "select * from read_blob('/proc/self/environ')",
        "lists_a_folder": f"select * from glob('{outside}/*')",
        "climbs_up": f"select * from read_csv('{outside}/inside/../secret.csv')",
        "follows_a_link": f"select * from read_csv('{outside}/inside/link.csv')",
        "attaches": f"attach '{outside}/other.duckdb' as other",
        "installs": "install httpfs",
        "loads": "load httpfs",
        "copies_out": f"copy (select 1) to '{outside}/out.csv'",
        "exports": f"export database '{outside}/out'",
        "unlocks": "set lock_configuration = false",
        "opens_up": "set enable_external_access = true",
        "widens": f"set allowed_directories = ['{outside}']",
        "takes_memory": "set memory_limit = '100GB'",
    }


@pytest.fixture
def outside(tmp_path):
    folder = tmp_path / "outside"
    (folder / "inside").mkdir(parents=True)
    (folder / "secret.csv").write_text("secret\n1\n")
    (folder / "inside" / "link.csv").symlink_to(folder / "secret.csv")
    duckdb.connect(str(folder / "other.duckdb")).close()
    return folder


def refused(connection, outside) -> list[str]:
    """The attempts that were refused for the right reason."""
    found = []
    for name, sql in attempts(outside).items():
        try:
            with connection.cursor() as aside:  # a transaction of its own
                aside.execute(sql)
        except duckdb.Error as error:
            if any(words in str(error) for words in REFUSED):
                found.append(name)
    return found


def test_the_attempts_succeed_on_an_open_connection(outside):
    """Else their refusal would show nothing."""
    # Extensions need a network, which tests have not; an open door can't be opened.
    others = {"installs", "loads", "opens_up"}
    with duckdb.connect() as connection:
        for name, sql in attempts(outside).items():
            if name not in others:
                connection.execute(sql)


def test_a_connection_that_is_shut_in_refuses_all_of_them(outside, tmp_path):
    with duckdb.connect() as connection:
        shut_in(connection, outside / "inside")
        assert refused(connection, outside) == list(attempts(outside))
        connection.execute(f"copy (select 1 as a) to '{outside}/inside/own.csv'")
        assert connection.execute(f"from read_csv('{outside}/inside/own.csv')").fetchall() == [(1,)]
    own = tmp_path / "own.duckdb"
    duckdb.connect(str(own)).close()
    with open_read_only(own) as connection:
        assert refused(connection, outside) == list(attempts(outside))


def test_limits_are_taken_before_the_door_is_shut(tmp_path):
    own, other = tmp_path / "own.duckdb", tmp_path / "other.duckdb"
    for path in (own, other):
        with duckdb.connect(str(path)) as connection:
            connection.execute("create table t as select 1 as a")
    with open_read_only(
        own, beside={"before": other}, memory_limit="100MB", threads=1
    ) as connection:
        assert connection.execute("select a from before.t").fetchall() == [(1,)]
        settings = "select current_setting('memory_limit'), current_setting('threads')"
        assert connection.execute(settings).fetchall() == [("95.3 MiB", 1)]


@pytest.fixture
def spied(monkeypatch, outside):
    """Every connection that is shut in is tried right then: module → refused attempts."""
    tried: dict[str, list[str]] = {}
    listed: list[Path] = []

    def spy(name):
        def shut_in_and_try(connection, *folders):
            shut_in(connection, *folders)
            tried[name] = refused(connection, outside)
            listed.extend(folders)

        return shut_in_and_try

    for module in ("landing.validate", "landing.raw", "landing.mapping", "landing.sandbox"):
        monkeypatch.setattr(f"orchestration.{module}.shut_in", spy(module))
    monkeypatch.setattr("orchestration.publishing.publish.shut_in", spy("publish"))
    monkeypatch.setattr("orchestration.warehouse.compare.shut_in", spy("compare"))
    tried["folders"] = listed
    return tried


def test_landing_and_mapping_are_shut_in(spied, outside, tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("people.csv", "id,full_name\ns1,Sam\n")
    folder.map("staff", "select id as staff_id, full_name as name from landed.people")
    folder.load()
    folder.build()
    folders = spied.pop("folders")
    inside = (folder.folder / "landed", folder.state / "acme", tmp_path / "build" / "raw")
    assert folders and all(any(f.is_relative_to(own) for own in inside) for f in folders), folders
    assert set(spied) == {
        "landing.validate", "landing.raw", "landing.mapping", "landing.sandbox",
    }  # fmt: skip
    assert all(found == list(attempts(outside)) for found in spied.values()), spied


def test_publishing_and_comparing_are_shut_in(spied, outside, world):
    world.use("second", ("b", "2025-02", 4))
    world.refresh()
    assert build_dev(world.settings, world.root / "company", "dim_accounts", ["--quiet"]) == 0
    compare.compare_model(world.paths, "dim_accounts")
    for name in ("publish", "compare"):
        assert spied[name] == list(attempts(outside)), name


def attacking_models(world, outside) -> list[str]:
    """Models that try, each in its own SQL or before it."""
    chosen = {
        name: sql
        for name, sql in attempts(outside).items()
        if name
        not in {"reads_its_environment", "takes_memory", "widens", "exports", "lists_a_folder"}
    }
    for name, sql in chosen.items():
        text = sql if sql.startswith("select") else f'{{{{ config(pre_hook="{sql}") }}}}\nselect 1'
        path = world.settings.dbt_project_dir / "models" / "staging" / f"stg_{name}.sql"
        path.write_text(text)
    return [f"stg_{name}" for name in chosen]


def test_models_of_dbt_reach_nothing_but_their_database(world, outside, capfd):
    models = attacking_models(world, outside)
    assert len(models) == 10  # a message names as many
    with pytest.raises(HealthError) as error:
        world.refresh()
    lines = {line.split()[1].rstrip(":"): line for line in str(error.value).splitlines()[1:-1]}
    assert sorted(lines) == sorted(models)
    assert all(any(words in line for words in REFUSED) for line in lines.values()), lines
    assert not (outside / "out.csv").exists()

    build_dev(world.settings, world.root / "company", " ".join(models), [])
    said = capfd.readouterr().out
    assert sum(said.count(words) for words in REFUSED) >= len(models)
    assert "PASS=0" in said and f"ERROR={len(models)}" in said


def test_dbt_counts_in_utc_whatever_the_machine_does_and_spills_to_disk(tmp_path, monkeypatch):
    from dbt.adapters.duckdb.credentials import Attachment, DuckDBCredentials, PluginConfig
    from dbt.adapters.duckdb.environments import create

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    (tmp_path / "run").mkdir()
    beside = tmp_path / "beside.duckdb"
    with duckdb.connect(str(beside)) as connection:
        connection.execute("create table t as select 1 as a")
    environment = create(
        DuckDBCredentials(
            path=str(tmp_path / "run" / "warehouse.duckdb"),
            schema="main",
            config_options={"memory_limit": "80MB"},
            plugins=[PluginConfig(module="orchestration.warehouse.dbt_lockdown")],
            attach=[Attachment(path=str(beside), alias="beside", read_only=True)],
        )
    )
    try:
        cursor = environment.handle().cursor()
        assert cursor.execute("select a from beside.t").fetchall() == [(1,)]
        assert cursor.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]
        cursor.execute(
            "create table sorted as select md5(range::varchar) as b from range(3000000) order by b"
        )
        cursor.execute("checkpoint")
        assert cursor.execute("select count(*) from sorted").fetchall() == [(3_000_000,)]
    finally:
        environment.close()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["warehouse.duckdb"]


def test_lockdown_names_no_folder_by_default():
    with duckdb.connect() as connection:
        lockdown.shut_in(connection)
        found = connection.execute("select current_setting('allowed_directories')").fetchall()
    assert all(name.endswith(".tmp/") for name in found[0][0])
