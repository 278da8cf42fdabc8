"""The `raw` schema of a build file: every archived load replayed, every value as text.

A build file that starts from an earlier one has the earlier loads already; only later ones are
added to it.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.base.errors import HealthError
from orchestration.base.lockdown import shut_in
from orchestration.company.company import Company
from orchestration.company.storage import writing
from orchestration.company.tables import COMMON_COLUMNS, RawTable, raw_tables
from orchestration.landing import reader
from orchestration.landing.config_zone import write_config
from orchestration.landing.csv_files import EmptyFile, Malformed
from orchestration.landing.loads import (
    LandedFile,
    Load,
    content_path,
    files_folder,
    read_loads,
    scratch_folder,
)
from orchestration.landing.mapping import (
    Query,
    applies,
    parse_mapping,
    refuse_unknown_inputs,
    running,
)
from orchestration.landing.outages import acknowledged_outages
from orchestration.landing.plan import PlannedLoad, plan
from orchestration.landing.reader import identifier
from orchestration.landing.sandbox import Result, sandbox
from orchestration.landing.scan import read_mapping_sql
from orchestration.publishing.ledger import load as load_ledger

BOOKKEEPING_TABLES = {
    "table_loads": {
        "load_number": "integer",
        "table_name": "varchar",
        "loaded_at": "timestamp",
        "row_count": "bigint",
        "file_count": "integer",
    },
    "malformed_rows": {
        "table_name": "varchar",
        "file": "varchar",
        "line": "bigint",
        "load_number": "integer",
        "reason": "varchar",
    },
    "extra_columns": {
        "load_number": "integer",
        "table_name": "varchar",
        "column_name": "varchar",
        "file": "varchar",
    },
    "refresh_log": {
        "refresh_id": "varchar",
        "started_at": "timestamp",
        "ended_at": "timestamp",
        "as_of_date": "date",
        "status": "varchar",
        "code_version": "varchar",
        "input_fingerprint": "varchar",
        "rows_published": "bigint",
    },
}


def write_raw_zone(
    company: Company,
    state: Path,
    build_file: Path,
    *,
    run_date: date,
    as_of_date: date | None,
    refresh_log: list[dict],
    stamp: Mapping[str, Any] | None = None,
    loads_there: int = 0,
    first_loads: int | None = None,
    ledger: Path | None = None,
) -> dict[str, int]:
    """Write the schemas raw and config into a build file; returns the rows per raw table.

    `loads_there` is how many loads the file holds already; 0 writes the whole schema anew.
    `first_loads` leaves out the loads after so many; `ledger` is the folder of what was published.
    """
    mapping_sql = read_mapping_sql(company)
    loads = read_loads(state, company.id)[:first_loads]
    with writing():
        build_file.parent.mkdir(parents=True, exist_ok=True)
    with reader.writing_database(build_file), reader.connect(build_file) as connection:
        connection.execute("begin")
        if not loads_there:
            connection.execute("drop schema if exists raw cascade")
            _create_tables(connection)
        with scratch_folder(state, company.id) as scratch:
            kept = [ledger] if ledger else []
            shut_in(connection, files_folder(state, company.id), scratch, *kept)
            writer = _Writer(connection, company, Path(state), scratch)
            for planned in plan(loads, mapping_sql)[loads_there:]:
                writer.write_direct(planned)
            if mapping_sql:
                writer.write_mapped(loads, mapping_sql, loads[loads_there:])
        _write_refresh_log(connection, refresh_log)
        load_ledger(connection, ledger)
        outages = acknowledged_outages(connection, company, loads, mapping_sql, run_date)
        write_config(
            connection,
            company,
            run_date=run_date,
            as_of_date=as_of_date,
            outages=outages,
            stamp=stamp,
        )
        connection.execute("commit")
        connection.execute("checkpoint")
        tables = {name: f"raw.{identifier(name)}" for name in raw_tables()}
        return {
            name: connection.execute(f"select count(*) from {table}").fetchall()[0][0]
            for name, table in tables.items()
        }


class _Writer:
    """Appends the files of one load after the other."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        company: Company,
        state: Path,
        scratch: Path,
    ) -> None:
        self.connection = connection
        self.company = company
        self.state = state
        self.scratch = scratch
        self.seen_extra: set[tuple[str, str]] = set(
            connection.execute("select table_name, column_name from raw.extra_columns").fetchall()
        )

    def write_direct(self, planned: PlannedLoad) -> None:
        """The files that are taken as they are."""
        for name, files in planned.direct.items():
            table = raw_tables()[name]
            row_count = sum(self._write_file(table, planned.load, file) for file in files)
            self._write_table_load(planned.load, name, row_count, len(files))

    def _write_file(self, table: RawTable, load: Load, file: LandedFile) -> int:
        try:
            source = reader.open_source(
                self.connection,
                self._content(file),
                file.path,
                table,
                is_parquet=file.is_parquet,
                scratch=self.scratch,
            )
        except EmptyFile:
            return 0
        stamp = (load.number, _utc(load.loaded_at), file.path)
        with reader.reading(file.path):
            inserted = reader.insert_source(self.connection, source, table, stamp)
        self._write_malformed(table, load, file.path, inserted.malformed)
        self._write_extra(table, load, file.path, source.extra_columns(table))
        return inserted.row_count

    def write_mapped(
        self, loads: list[Load], mapping_sql: dict[str, str], new_loads: list[Load]
    ) -> None:
        """What the company's own SQL makes of each new load."""
        queries = parse_mapping(mapping_sql)
        refuse_unknown_inputs(queries, loads, mapping_sql)
        for load in new_loads:
            fitting = [
                query
                for query in queries
                if applies(query, load, mapping_sql) and query.table.name not in load.not_taken
            ]
            with sandbox(load, mapping_sql, fitting, self._content, self.scratch) as box:
                for query in fitting:
                    self._write_result(load, query, box.run(query))

    def _write_result(self, load: Load, query: Query, result: Result) -> None:
        table = query.table
        self.connection.register("mapped_rows", result.rows)
        own = ", ".join(identifier(column.name) for column in table.columns)
        with running(query):
            inserted = self.connection.execute(
                f"insert into raw.{identifier(table.name)} select {own}, ?, ?, ?, "
                f"row_number() over (), {', '.join(COMMON_COLUMNS)} from mapped_rows",
                [load.number, _utc(load.loaded_at), query.name],
            ).fetchall()[0][0]
        self.connection.unregister("mapped_rows")
        self._write_extra(table, load, query.name, result.extra_columns)
        self._write_table_load(load, table.name, inserted, 1)

    def _content(self, file: LandedFile) -> Path:
        path = content_path(self.state, self.company.id, file.sha256)
        if not path.is_file():
            raise HealthError(
                f"{path} is missing: the content of {file.path}. Restore it from a backup: history "
                "can't be replayed without it."
            )
        return path

    def _write_table_load(self, load: Load, table: str, row_count: int, file_count: int) -> None:
        self.connection.execute(
            "insert into raw.table_loads values (?, ?, ?, ?, ?)",
            [load.number, table, _utc(load.loaded_at), row_count, file_count],
        )

    def _write_malformed(
        self, table: RawTable, load: Load, file: str, malformed: list[Malformed]
    ) -> None:
        if malformed:
            self.connection.execute(
                "insert into raw.malformed_rows select ?, ?, unnest(?), ?, unnest(?)",
                [
                    table.name,
                    file,
                    [each.line for each in malformed],
                    load.number,
                    [each.reason for each in malformed],
                ],
            )

    def _write_extra(self, table: RawTable, load: Load, file: str, columns: list[str]) -> None:
        for column in columns:
            if (table.name, column) not in self.seen_extra:
                self.seen_extra.add((table.name, column))
                self.connection.execute(
                    "insert into raw.extra_columns values (?, ?, ?, ?)",
                    [load.number, table.name, column, file],
                )


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create schema raw")
    for table in raw_tables().values():
        own = ", ".join(f"{identifier(column.name)} varchar" for column in table.columns)
        common = ", ".join(f"{column} varchar" for column in COMMON_COLUMNS)
        connection.execute(
            f"create table raw.{identifier(table.name)} ({own}, _load_number integer, "
            f"_loaded_at timestamp, _file varchar, _line bigint, {common})"
        )
    for name, columns in BOOKKEEPING_TABLES.items():
        described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        connection.execute(f"create table raw.{name} ({described})")


def _write_refresh_log(connection: duckdb.DuckDBPyConnection, refresh_log: list[dict]) -> None:
    names = BOOKKEEPING_TABLES["refresh_log"]
    connection.execute("delete from raw.refresh_log")
    rows = [[_naive_utc(entry.get(name)) for name in names] for entry in refresh_log]
    if rows:
        marks = ", ".join("?" for _ in names)
        connection.executemany(f"insert into raw.refresh_log values ({marks})", rows)


def _naive_utc(value: object) -> object:
    """Times as the build file keeps them: UTC, without a zone."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None)
