"""Writing a version and switching to it, from a build file made by hand; no dbt, no Dagster."""

import errno
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration import publish as publishing
from orchestration.errors import BadInput, Blocked, HealthError
from orchestration.lock import claim
from orchestration.publish import Publication, Table, audit, write_version
from orchestration.settings import CompanyPaths
from orchestration.versions import current_version, prune, switch, tidy

TABLES = (
    Table(
        "fct_account_health", ("account_id", "as_of_date", "score"), ("account_id", "as_of_date")
    ),
    Table("refresh_log", (), ("refresh_id",)),
)


@pytest.fixture
def paths(tmp_path):
    return CompanyPaths(tmp_path / "state", tmp_path / "published", tmp_path / "for_dbt")


def build_file(folder: Path, february: float = 20, order: str = "asc") -> Path:
    """Two accounts in two months; columns in another order than the contract's."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "warehouse.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"""
            create schema marts;
            create schema staging;
            create table staging.stg_users as select 'canary@example.com' as email;
            create table marts.fct_account_health as
                select * from (values
                    (10.0, 'a', date '2025-01-31', 'starter', 1),
                    (10.0, 'b', date '2025-01-31', 'starter', 1),
                    ({february}, 'a', date '2025-02-28', 'starter', 2),
                    (20.0, 'b', date '2025-02-28', 'starter', 2)
                ) as t(score, account_id, as_of_date, scorecard_id, scorecard_version)
                order by account_id {order}, as_of_date {order};
            create table marts.refresh_log (
                refresh_id varchar, started_at timestamp, ended_at timestamp, as_of_date date,
                status varchar, rows_published bigint
            );
            insert into marts.refresh_log values
                ('earlier', now(), now(), '2025-01-31', 'published', 4);
        """)
    return path


def publish(paths, refresh_id, *, february=20, order="asc", tables=TABLES):
    build = build_file(paths.build_folder(refresh_id), february, order)
    audit(build)
    claim(paths.token, refresh_id)
    publication = Publication(
        refresh_id=refresh_id,
        company_id="acme",
        started_at=datetime(2025, 3, 1, tzinfo=UTC),
        code_version="0.1.0+abc",
        input_fingerprint="f",
        checks_passed=7,
        tables=tables,
    )
    version = write_version(paths, build, publication)
    switch(paths, refresh_id)
    return version


def rows(database, sql="select account_id, as_of_date, score from marts.fct_account_health"):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_published_file_holds_marts_alone_in_the_order_of_contract_and_key(paths):
    publish(paths, "r1", order="desc")
    database = paths.current / "customer_health.duckdb"
    schemas = rows(database, "select distinct schema_name from duckdb_tables()")
    columns = rows(
        database,
        "select column_name from duckdb_columns() where table_name = 'fct_account_health' "
        "order by column_index",
    )
    assert schemas == [("marts",)]
    assert [name for (name,) in columns][:3] == ["account_id", "as_of_date", "score"]
    assert [(row[0], row[1].month) for row in rows(database)] == [
        ("a", 1), ("a", 2), ("b", 1), ("b", 2),
    ]  # fmt: skip
    assert b"canary@example.com" not in database.read_bytes()


def test_files_are_read_only_without_a_log_beside_them_and_the_link_is_relative(paths):
    publish(paths, "r1")
    files = [path for path in (paths.versions / "r1").rglob("*") if path.is_file()]
    assert files and all(path.stat().st_mode & 0o222 == 0 for path in files)
    assert not [path for path in files if path.name.endswith((".wal", ".tmp"))]
    assert paths.current.readlink() == Path("versions/r1")


def test_the_file_opens_under_any_name_and_alias(paths, tmp_path):
    publish(paths, "r1")
    other = tmp_path / "another name.db"
    shutil.copy(paths.current / "customer_health.duckdb", other)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{other}' as bi (read_only)")
        (count,) = connection.execute("select count(*) from bi.marts.fct_account_health").fetchone()
    assert count == 4 == len(rows(other))
    assert rows(other, "select count(*) from duckdb_views() where not internal") == [(0,)]


def test_the_storage_version_is_one_that_duckdb_1_1_can_read(paths):
    publish(paths, "r1")
    with duckdb.connect(
        str(paths.current / "customer_health.duckdb"), read_only=True
    ) as connection:
        (tags,) = connection.execute(
            "select tags from duckdb_databases() where not internal"
        ).fetchone()
    assert tags["storage_version"] in {"v1.0.0+", "v1.1.0+"}


def test_a_reader_keeps_the_old_version_and_a_new_connection_sees_the_new(paths):
    publish(paths, "r1")
    link = str(paths.current / "customer_health.duckdb")
    with duckdb.connect(link, read_only=True) as reader:
        publish(paths, "r2", february=99)
        prune(paths, keep=1)
        held = reader.execute("select max(score) from marts.fct_account_health").fetchone()
    assert held == (20,)
    assert rows(paths.current / "customer_health.duckdb", "select max(score) from "
                "marts.fct_account_health") == [(99,)]  # fmt: skip
    assert not (paths.versions / "r1").exists()


def test_a_second_connection_in_the_process_that_holds_the_old_file_sees_the_new(paths):
    publish(paths, "r1")
    database = paths.current / "customer_health.duckdb"
    with duckdb.connect(str(database.resolve()), read_only=True) as reader:
        publish(paths, "r2", february=99)
        new = rows(database.resolve(), "select max(score) from marts.fct_account_health")
        assert reader.execute("select max(score) from marts.fct_account_health").fetchone() == (20,)
    assert new == [(99,)]


def test_parquet_equals_the_tables_and_large_facts_are_partitioned_by_month(paths):
    publish(paths, "r1")
    parquet = paths.current / "parquet"
    partitions = sorted(path.name for path in (parquet / "fct_account_health").iterdir())
    assert partitions == ["as_of_month=2025-01", "as_of_month=2025-02"]
    with duckdb.connect(
        str(paths.current / "customer_health.duckdb"), read_only=True
    ) as connection:
        for table, glob in (("fct_account_health", "*/*"), ("refresh_log", "*")):
            files = f"read_parquet('{parquet}/{table}/{glob}', hive_partitioning = false)"
            for left, right in ((f"marts.{table}", files), (files, f"marts.{table}")):
                difference = f"select count(*) from (from {left} except all from {right})"
                assert connection.execute(difference).fetchone() == (0,)


def test_unchanged_partitions_are_the_same_file_as_before(paths):
    publish(paths, "r1")
    publish(paths, "r2", february=99, order="desc")
    january, february = (
        [
            (paths.versions / r / "parquet/fct_account_health" / month / "part-0.parquet").stat()
            for r in ("r1", "r2")
        ]
        for month in ("as_of_month=2025-01", "as_of_month=2025-02")
    )
    assert january[0].st_ino == january[1].st_ino
    assert february[0].st_ino != february[1].st_ino


def test_the_manifest_and_the_log_say_what_was_published(paths):
    manifest = publish(paths, "r1").manifest
    assert manifest["as_of_date"] == "2025-02-28"
    assert manifest["row_counts"] == {"fct_account_health": 4, "refresh_log": 2}
    assert manifest["scorecards"] == ["starter v1", "starter v2"]
    assert manifest["checks_passed"] == 7
    logged = rows(paths.current / "customer_health.duckdb", "from marts.refresh_log order by 1")
    assert [(row[0], row[4]) for row in logged] == [("earlier", "published"), ("r1", "published")]


@pytest.mark.parametrize("part", ["_copy_table", "_write_parquet", "write_json", "sync_tree"])
def test_a_full_disk_leaves_no_half_made_version_and_the_old_one_in_place(paths, monkeypatch, part):
    publish(paths, "r1")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publishing, part, full)
    with pytest.raises(OSError, match="No space left"):
        publish(paths, "r2")
    assert current_version(paths) == "r1"
    assert [path.name for path in paths.versions.iterdir()] == ["r1"]


def test_a_run_that_is_no_longer_the_newest_may_not_switch(paths):
    publish(paths, "r1")
    publish(paths, "r2")
    claim(paths.token, "r3")
    with pytest.raises(Blocked, match="no longer the newest"):
        switch(paths, "r1")
    assert current_version(paths) == "r2"


def test_an_empty_fact_table_is_refused(paths):
    build = build_file(paths.build_folder("r1"))
    with duckdb.connect(str(build)) as connection:
        connection.execute("delete from marts.fct_account_health")
    publication = Publication("r1", "acme", datetime.now(UTC), "0", "f", 0, (), TABLES)
    with pytest.raises(BadInput, match="No account existed"):
        write_version(paths, build, publication)


def test_a_declared_table_that_was_not_built_is_an_error(paths):
    with pytest.raises(HealthError, match="lacks dim_accounts"):
        publish(paths, "r1", tables=(*TABLES, Table("dim_accounts")))


def test_prune_keeps_the_newest_and_the_one_that_readers_see(paths):
    for number in range(1, 5):
        publish(paths, f"r{number}")
    claim(paths.token, "r1")
    switch(paths, "r1")  # as after a rollback
    prune(paths, keep=2)
    assert sorted(path.name for path in paths.versions.iterdir()) == ["r1", "r3", "r4"]


def test_tidy_removes_what_dead_refreshes_left_and_nothing_else(paths):
    for number in (1, 2):
        publish(paths, f"r{number}")
    (paths.versions / ".making-r3").mkdir()
    shutil.copytree(paths.versions / "r2", paths.versions / "r3")  # renamed, never switched to
    (paths.published / ".current-r3").symlink_to("versions/r3")
    tidy(paths, shown={"r1", "r2"})
    assert sorted(path.name for path in paths.versions.iterdir()) == ["r1", "r2"]
    assert sorted(path.name for path in paths.published.iterdir()) == ["current", "versions"]
