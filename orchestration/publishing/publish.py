"""Write what readers see from an audited build: marts alone, in a version folder of its own.

It begins with a copy of the file in which the build made them; Parquet that did not change since
the newest whole version is that version's (see `content`). The folder is complete in itself. It is
made aside, made read-only, synced and renamed into place; `versions.switch` then points readers at
it. Nothing here knows dbt or Dagster.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.base import build_files
from orchestration.base.errors import BadInput, HealthError
from orchestration.base.files import (
    copy_file,
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
from orchestration.publishing.content import (
    Carried,
    Content,
    difference,
    from_manifest,
    measure,
    to_manifest,
)
from orchestration.publishing.database import attach, keep_declared
from orchestration.publishing.own_rows import LOG, OWN, SOURCES, keep_sources, log_this_refresh
from orchestration.publishing.parquet_files import parts_of, write_parquet
from orchestration.publishing.personal import require_no_address
from orchestration.publishing.published_tables import (
    PUBLICATION,
    RESTRICTED,
    SCHEMA,
    Table,
)
from orchestration.publishing.version_check import newest_whole, read_manifest
from orchestration.publishing.versions import DATABASE, MAKING, MANIFEST

MEMORY_LIMIT = "600MB"  # more made nothing faster with 20,000 accounts


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
    is_full: bool = False  # write all anew: nothing is taken over from an earlier version
    carried: Carried | None = None  # what the build carries on of a published one

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

    @property
    def written_in_words(self) -> str:
        files, shared = len(self.manifest["parquet"]), self.manifest["parquet_shared"]
        of_that = f", {shared} of them those of {self.manifest['shares_with']}" if shared else ""
        return f"{files} Parquet files{of_that}"


def audit(build_file: Path) -> None:
    """Bring the build to rest: no write-ahead log beside any of its files."""
    for file in build_files.files(build_file).values():
        with duckdb.connect(str(file)) as connection:
            connection.execute("checkpoint")
        require_no_log(file)


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
    """Fill the folder; returns its manifest, which is written last."""
    database = folder / DATABASE
    earlier = newest_whole(paths)
    before = read_manifest(earlier) if earlier else {}
    copy_file(build_files.published_file(build_file, publication.schema), database)
    with _connected(build_file, folder, earlier) as connection:
        tables = _existing(connection, publication)
        keep_declared(connection, publication.schema, tables)
        now = _measured(connection, publication, tables, paths)
        _require_accounts(now)
        known = {} if publication.is_full else from_manifest(before)
        differences = {t.name: difference(t, now.get(t.name), known.get(t.name)) for t in tables}
        rows = {table.name: now[table.name].rows for table in tables if table.name in now}
        described = _described(connection, publication, rows)
        files = {}
        if not publication.is_restricted:
            require_no_address(connection, {t: differences[t.name].where for t in tables})
            _add_own_rows(connection, publication, tables, rows, described["as_of_date"], earlier)
            files = write_parquet(
                connection,
                [p for t in tables for p in parts_of(t, now.get(t.name), differences[t.name])],
                folder / "parquet",
                earlier / "parquet" if earlier else None,
                before.get("parquet", {}),
            )
        for step in ("checkpoint", "detach"):
            connection.execute(f"{step} {PUBLICATION}")
    require_no_log(database)
    pages = {} if publication.is_restricted else publication.pages
    for name, content in pages.items():
        (folder / name).write_bytes(content)
    manifest = {
        "refresh_id": publication.refresh_id,
        "company_id": publication.company_id,
        "started_at": _stamp(publication.started_at),
        "code_version": publication.code_version,
        "input_fingerprint": publication.input_fingerprint,
        **described,
        "row_counts": dict(sorted(rows.items())),
        "keys": {table.name: list(table.key) for table in tables},
        "rows_published": sum(rows.values()),
        "checks_passed": publication.checks_passed,
        "checks_warned": list(publication.checks_warned),
        "parquet": files,
        "pages": {name: file_hash(folder / name) for name in pages},
        "database_sha256": file_hash(database),
        "database_bytes": database.stat().st_size,
        "shares_with": before["refresh_id"] if known else None,
        "parquet_shared": sum(before.get("parquet", {}).get(n) == h for n, h in files.items()),
        **to_manifest(now),
    }
    write_json(folder / MANIFEST, manifest)
    return manifest


def _measured(
    connection: duckdb.DuckDBPyConnection,
    publication: Publication,
    tables: list[Table],
    paths: CompanyPaths,
) -> dict[str, Content]:
    """What each table holds; what the build carried on is known by the version it is of."""
    known: dict[str, Content] = {}
    since: Mapping[str, date] = {}
    if publication.carried:
        since = publication.carried.since
        known = from_manifest(read_manifest(paths.versions / publication.carried.refresh_id))
    return {
        t.name: measure(connection, t, known.get(t.name), since.get(t.name))
        for t in tables
        if t.name not in OWN
    }


@contextmanager
def _connected(
    build_file: Path, folder: Path, earlier: Path | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The version that is made, and nothing in reach but it and the earlier one."""
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        connection.execute(f"set temp_directory = {text_literal(build_file.parent / 'spill')}")
        connection.execute("set timezone = 'UTC'")
        # One thread a query: rows keep their order, so the same rows make the same bytes.
        connection.execute("set threads = 1")
        # Gaps that replaced rows leave are the build's to close (warehouse/dbt_lockdown.py).
        connection.execute("set max_vacuum_tasks = 0")
        attach(connection, folder / DATABASE)
        shut_in(connection, folder, *([earlier] if earlier else []))
        yield connection


def _existing(connection: duckdb.DuckDBPyConnection, publication: Publication) -> list[Table]:
    """The declared tables that were built; without a declaration every table of the schema."""
    declared, schema = publication.tables, publication.schema
    found: dict[str, dict[str, str]] = {}
    for table_name, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = ? and schema_name = ? order by table_name, column_index",
        [PUBLICATION, schema],
    ).fetchall():
        found.setdefault(table_name, {})[column] = kind
    missing = [table.name for table in declared if table.name not in found]
    if missing:
        raise HealthError(f"The build lacks {', '.join(missing)} in schema {schema}.")
    tables = []
    for table in declared or [Table(name, schema=schema) for name in found]:
        types = found[table.name]
        columns = dict.fromkeys([*(name for name in table.columns if name in types), *types])
        kinds = tuple(types[name] for name in columns)
        tables.append(replace(table, columns=tuple(columns), types=kinds))
    return sorted(tables, key=lambda table: table.is_view)


def _require_accounts(now: Mapping[str, Content]) -> None:
    health = now.get("fct_account_health")
    if health and not health.rows:
        raise BadInput(
            "No account existed on any date that was to be scored: the as-of date lies before "
            "all data, or the accounts are empty. Give a later --as-of, or none."
        )


def _add_own_rows(
    connection: duckdb.DuckDBPyConnection,
    publication: Publication,
    tables: list[Table],
    rows: dict[str, int],
    as_of_date: str | None,
    earlier: Path | None,
) -> None:
    """What publishing adds to the build's rows; counts them in `rows`."""
    names = {table.name for table in tables}
    if SOURCES in names:
        previous = earlier / DATABASE if earlier else None
        rows[SOURCES] = keep_sources(connection, publication.refresh_id, previous)
    if LOG in names:
        rows[LOG] = log_this_refresh(
            connection,
            refresh_id=publication.refresh_id,
            started_at=publication.started_at,
            as_of_date=as_of_date,
            code_version=publication.code_version,
            input_fingerprint=publication.input_fingerprint,
            other_rows=sum(rows.values()),
        )


def _described(
    connection: duckdb.DuckDBPyConnection, publication: Publication, rows: dict[str, int]
) -> dict[str, Any]:
    """What the manifest says of the scores: their newest date, their scorecards, restatements.

    Restatements are the dates for which this version shows other scores than were shown before,
    with the number of accounts.
    """

    def find(mart: str, query: str, *values: str) -> list[tuple[Any, ...]]:
        if mart not in rows:
            return []
        sql = query.format(mart=f"{PUBLICATION}.{SCHEMA}.{mart}")
        return connection.execute(sql, values).fetchall()

    newest = find("fct_account_health", "select max(as_of_date) from {mart}")
    scorecards = find(
        "fct_account_health",
        "select distinct scorecard_id || ' v' || scorecard_version from {mart} "
        "where scorecard_id is not null order by 1",
    )
    restated = find(
        "fct_published_scores",
        "select as_of_date, count(*) from {mart} where refresh_id = ? and restates is not null "
        "group by as_of_date order by as_of_date",
        publication.refresh_id,
    )
    return {
        "as_of_date": newest[0][0].isoformat() if newest else None,
        "scorecards": [name for (name,) in scorecards],
        "restatements": [
            {"as_of_date": day.isoformat(), "accounts": accounts} for day, accounts in restated
        ],
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
