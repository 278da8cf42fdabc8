"""Writing a version and switching to it, from a build file made by hand; no dbt, no Dagster."""

import errno
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.base.build_files import published_file
from orchestration.base.errors import BadInput, HealthError
from orchestration.publishing import publish as publishing
from orchestration.publishing.publish import Publication, write_version
from orchestration.publishing.published_tables import Table
from orchestration.publishing.versions import current_version, prune
from tests.support.publication import TABLES, build_file, company_paths, publish, rows


@pytest.fixture
def paths(tmp_path):
    return company_paths(tmp_path)


def test_the_published_file_holds_marts_alone(paths):
    publish(paths, "r1")
    database = paths.current / "customer_health.duckdb"
    schemas = rows(database, "select distinct schema_name from duckdb_tables()")
    assert schemas == [("marts",)]
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


@pytest.mark.parametrize("part", ["copy_file", "write_parquet", "write_json", "sync_tree"])
def test_a_full_disk_leaves_no_half_made_version_and_the_old_one_in_place(paths, monkeypatch, part):
    publish(paths, "r1")

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(publishing, part, full)
    with pytest.raises(OSError, match="No space left"):
        publish(paths, "r2")
    assert current_version(paths) == "r1"
    assert [path.name for path in paths.versions.iterdir()] == ["r1"]


def test_an_empty_fact_table_is_refused(paths):
    build = build_file(paths.build_folder("r1"))
    with duckdb.connect(str(published_file(build, "marts"))) as connection:
        connection.execute("delete from marts.fct_account_health")
    publication = Publication("r1", "acme", datetime.now(UTC), "0", "f", 0, (), TABLES)
    with pytest.raises(BadInput, match="No account existed"):
        write_version(paths, build, publication)


def test_a_declared_table_that_was_not_built_is_an_error(paths):
    with pytest.raises(HealthError, match="lacks dim_accounts"):
        publish(paths, "r1", tables=(*TABLES, Table("dim_accounts")))
