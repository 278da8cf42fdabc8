"""Write what readers see from an audited build: marts alone, in a version folder of its own.

A version is made aside, made read-only, synced and renamed into place; `versions.switch` then
points readers at it. Nothing here knows dbt or Dagster.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.base.errors import BadInput, HealthError
from orchestration.base.files import (
    file_hash,
    make_folder,
    make_private_folder,
    remove_tree,
    sync_folder,
    sync_tree,
    write_json,
)
from orchestration.base.lockdown import CONFIG, shut_in, text_literal
from orchestration.base.settings import CompanyPaths
from orchestration.publishing.deprecated_views import create_view
from orchestration.publishing.parquet_files import write_parquet
from orchestration.publishing.personal import require_no_address
from orchestration.publishing.published_tables import (
    RESTRICTED,
    SCHEMA,
    Table,
    quoted_list,
)
from orchestration.publishing.version_check import newest_whole
from orchestration.publishing.versions import DATABASE, MAKING, MANIFEST

# What DuckDB 1.1 and every later 1.x can open.
STORAGE_VERSION = "v1.1.0"
MEMORY_LIMIT = "1GB"


@dataclass(frozen=True)
class Publication:
    """What is known about a refresh when its version is written."""

    refresh_id: str
    company_id: str
    started_at: datetime
    code_version: str
    input_fingerprint: str
    checks_passed: int
    checks_warned: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    pages: Mapping[str, bytes] = field(default_factory=dict)  # file name → content
    schema: str = SCHEMA

    @property
    def is_restricted(self) -> bool:
        return self.schema == RESTRICTED


@dataclass
class Version:
    """A version that was written."""

    refresh_id: str
    folder: Path
    manifest: dict[str, Any] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.folder / DATABASE


def audit(build_file: Path) -> None:
    """Bring the build to rest: everything in the one file, no write-ahead log beside it."""
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("checkpoint")
    require_no_log(build_file)


def require_no_log(database: Path) -> None:
    log = database.with_name(database.name + ".wal")
    if log.exists():
        raise HealthError(
            f"{log.name} is still beside {database.name}: the file was not closed cleanly. "
            "Nothing was published; run the refresh again."
        )


def write_version(paths: CompanyPaths, build_file: Path, publication: Publication) -> Version:
    """Make the version folder, complete, durable and read-only, but not yet pointed at.

    `paths` are the company's, or its `restricted` ones with a publication of that schema: a file of
    its own then, without Parquet, for the account alone that runs refreshes.
    """
    making = paths.versions / f"{MAKING}{publication.refresh_id}"
    final = paths.versions / publication.refresh_id
    if publication.is_restricted:
        make_private_folder(paths.published)
    make_folder(paths.versions)
    remove_tree(making)
    making.mkdir(mode=0o700 if publication.is_restricted else 0o777)
    try:
        manifest = _write_content(making, build_file, publication, paths)
        for path in making.rglob("*"):
            if path.is_file():
                path.chmod(0o400 if publication.is_restricted else 0o444)
        sync_tree(making)
        making.rename(final)
        sync_folder(paths.versions)
    except BaseException:
        remove_tree(making)
        raise
    return Version(publication.refresh_id, final, manifest)


def _write_content(
    folder: Path, build_file: Path, publication: Publication, paths: CompanyPaths
) -> dict[str, Any]:
    database = folder / DATABASE
    earlier = newest_whole(paths)
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(f"set temp_directory = {text_literal(build_file.parent / 'spill')}")
        connection.execute("set timezone = 'UTC'")
        # One thread a query: rows keep their order, so the same rows make the same bytes.
        connection.execute("set threads = 1")
        connection.execute(f"attach {text_literal(build_file)} as warehouse (read_only)")
        connection.execute(
            f"attach {text_literal(database)} as publication (storage_version '{STORAGE_VERSION}')"
        )
        shut_in(connection, folder, *([earlier] if earlier else []))
        connection.execute(f"create schema publication.{publication.schema}")
        tables = _existing(connection, publication)
        for table in sorted(tables, key=lambda each: each.is_view):
            _copy_table(connection, table)
        if not publication.is_restricted:
            require_no_address(connection, "publication", SCHEMA, (t.name for t in tables))
        as_of = _as_of_date(connection, tables)
        rows = {table.name: _count(connection, table) for table in tables}
        if rows.get("fct_account_health") == 0:
            raise BadInput(
                "No account existed on any date that was to be scored: the as-of date lies before "
                "all data, or the accounts are empty. Give a later --as-of, or none."
            )
        if "quality_sources" in rows:
            rows["quality_sources"] = _keep_sources(
                connection, publication, earlier / DATABASE if earlier else None
            )
        if "refresh_log" in rows:
            _log_this_refresh(connection, publication, as_of, sum(rows.values()))
            rows["refresh_log"] += 1
        files = write_parquet(
            connection,
            [] if publication.is_restricted else tables,
            folder / "parquet",
            earlier / "parquet" if earlier else None,
        )
        scorecards = _scorecards(connection, rows)
        restated = _restatements(connection, rows, publication.refresh_id)
        connection.execute("checkpoint publication")
        connection.execute("detach publication")
        connection.execute("detach warehouse")
    require_no_log(database)
    pages = {} if publication.is_restricted else publication.pages
    for name, content in pages.items():
        (folder / name).write_bytes(content)
    manifest = {
        "refresh_id": publication.refresh_id,
        "company_id": publication.company_id,
        "as_of_date": as_of.isoformat() if as_of else None,
        "started_at": _stamp(publication.started_at),
        "code_version": publication.code_version,
        "input_fingerprint": publication.input_fingerprint,
        "scorecards": scorecards,
        "row_counts": rows,
        "keys": {table.name: list(table.key) for table in tables},
        "rows_published": sum(rows.values()),
        "checks_passed": publication.checks_passed,
        "checks_warned": list(publication.checks_warned),
        "restatements": restated,
        "parquet": files,
        "pages": {name: file_hash(folder / name) for name in pages},
        "database_sha256": file_hash(database),
        "database_bytes": database.stat().st_size,
    }
    write_json(folder / MANIFEST, manifest)
    return manifest


def _existing(connection: duckdb.DuckDBPyConnection, publication: Publication) -> list[Table]:
    """The declared tables that were built; without a declaration every table of the schema."""
    declared, schema = publication.tables, publication.schema
    found = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = 'warehouse' and schema_name = ? group by 1 order by 1",
        [schema],
    ).fetchall()
    columns = dict(found)
    if not declared:
        return [Table(name, tuple(names), schema=schema) for name, names in found]
    missing = [table.name for table in declared if table.name not in columns]
    if missing:
        raise HealthError(f"The build lacks {', '.join(missing)} in schema {schema}.")
    tables = []
    for table in declared:
        rest = [name for name in columns[table.name] if name not in table.columns]
        ordered = tuple(name for name in table.columns if name in columns[table.name])
        tables.append(replace(table, columns=(*ordered, *rest)))
    return tables


def _copy_table(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    if table.is_view:
        create_view(connection, table.schema, table.name)
        return
    connection.execute(
        f"create table publication.{table.relation} as "
        f"select {quoted_list(table.columns)} from warehouse.{table.relation} "
        f"order by {_order(table)}"
    )


def _order(table: Table) -> str:
    """By the key, so that the same rows make the same file; by everything where none is named."""
    return quoted_list(table.key) if table.key else "all"


def _as_of_date(connection: duckdb.DuckDBPyConnection, tables: list[Table]) -> date | None:
    if "fct_account_health" not in {table.name for table in tables}:
        return None
    row = connection.execute(
        f"select max(as_of_date) from publication.{SCHEMA}.fct_account_health"
    ).fetchone()
    return row[0] if row else None


def _count(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    row = connection.execute(f"select count(*) from publication.{table.relation}").fetchone()
    return int(row[0]) if row else 0


def _keep_sources(
    connection: duckdb.DuckDBPyConnection, publication: Publication, previous: Path | None
) -> int:
    """Name this refresh in its rows on the sources and carry on those of earlier refreshes."""
    table = f"publication.{SCHEMA}.quality_sources"
    connection.execute(f"update {table} set refresh_id = ?", [publication.refresh_id])
    if previous:
        connection.execute(f"attach {text_literal(previous)} as previous (read_only)")
        connection.execute(
            f"insert into {table} by name select {_shared_columns(connection, 'quality_sources')} "
            f"from previous.{SCHEMA}.quality_sources order by refresh_id, source_table"
        )
        connection.execute("detach previous")
    return _count(connection, Table("quality_sources"))


def _shared_columns(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """The columns that the table had in the previous version and still has."""
    names = connection.execute(
        "select now.column_name from duckdb_columns() as now "
        "join duckdb_columns() as earlier using (schema_name, table_name, column_name) "
        "where now.database_name = 'publication' and earlier.database_name = 'previous' "
        "and schema_name = ? and table_name = ? order by now.column_index",
        [SCHEMA, table],
    ).fetchall()
    return quoted_list(name for (name,) in names)


def _log_this_refresh(
    connection: duckdb.DuckDBPyConnection, publication: Publication, as_of: date | None, rows: int
) -> None:
    """The refresh being published is in its own log; the build knew only the earlier ones."""
    values = {
        "refresh_id": publication.refresh_id,
        "started_at": publication.started_at.replace(tzinfo=None),
        "ended_at": datetime.now(publication.started_at.tzinfo).replace(tzinfo=None),
        "as_of_date": as_of,
        "status": "published",
        "code_version": publication.code_version,
        "input_fingerprint": publication.input_fingerprint,
        "rows_published": rows,
    }
    known = {
        row[0]
        for row in connection.execute(
            "select column_name from duckdb_columns() where database_name = 'publication' "
            "and schema_name = ? and table_name = 'refresh_log'",
            [SCHEMA],
        ).fetchall()
    }
    values = {name: value for name, value in values.items() if name in known}
    connection.execute(
        f"insert into publication.{SCHEMA}.refresh_log ({quoted_list(values)}) "
        f"values ({', '.join('?' for _ in values)})",
        list(values.values()),
    )


def _scorecards(connection: duckdb.DuckDBPyConnection, rows: dict[str, int]) -> list[str]:
    if "fct_account_health" not in rows:
        return []
    found = connection.execute(
        "select distinct scorecard_id || ' v' || scorecard_version "
        f"from publication.{SCHEMA}.fct_account_health where scorecard_id is not null order by 1"
    ).fetchall()
    return [row[0] for row in found]


def _restatements(
    connection: duckdb.DuckDBPyConnection, rows: dict[str, int], refresh_id: str
) -> list[dict[str, Any]]:
    """The dates for which this version shows other scores than the one before, and how many."""
    if "fct_published_scores" not in rows:
        return []
    found = connection.execute(
        f"select as_of_date, count(*) from publication.{SCHEMA}.fct_published_scores "
        "where refresh_id = ? and restates is not null group by as_of_date order by as_of_date",
        [refresh_id],
    ).fetchall()
    return [{"as_of_date": day.isoformat(), "accounts": count} for day, count in found]


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
