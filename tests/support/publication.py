"""A build file made by hand, and versions published from it; no dbt, no Dagster."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.base import build_files
from orchestration.base.lock import claim
from orchestration.base.settings import WAREHOUSE_FILE, CompanyPaths
from orchestration.publishing.publish import Publication, audit, write_version
from orchestration.publishing.published_tables import Table
from orchestration.publishing.versions import switch

TABLES = (
    Table(
        "fct_account_health", ("account_id", "as_of_date", "score"), ("account_id", "as_of_date")
    ),
    Table("refresh_log", (), ("refresh_id",)),
)


def company_paths(folder: Path) -> CompanyPaths:
    return CompanyPaths(folder / "state", folder / "published", folder / "for_dbt")


def build_file(folder: Path, february: float = 20, order: str = "asc") -> Path:
    """Two accounts in two months; columns in another order than the contract's."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / WAREHOUSE_FILE
    for file in build_files.files(path).values():
        file.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            create schema staging;
            create table staging.stg_users as select 'canary@example.com' as email;
        """)
    with duckdb.connect(str(build_files.published_file(path, "marts"))) as connection:
        connection.execute(f"""
            create schema marts;
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
