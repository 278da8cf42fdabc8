"""The raw zone of a build file: every archived load as Parquet, and a view of each raw table.

A load's rows of a table are written once, to a file of their own in the state; large Parquet that
was landed as it is is read where the archive keeps it. `raw_views` makes the raw tables of these
files. A build file that starts from an earlier one knows the earlier loads' files already.
"""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.base.errors import BadInput, HealthError
from orchestration.base.files import make_private_folder, sync_tree
from orchestration.base.lockdown import shut_in, text_literal
from orchestration.company.company import Company
from orchestration.company.listed import trimmed
from orchestration.company.reading import Reading
from orchestration.company.storage import writing
from orchestration.company.tables import COMMON_COLUMNS, RawTable, raw_tables
from orchestration.landing import reader, unread
from orchestration.landing.columns import lost_columns
from orchestration.landing.config_zone import write_config
from orchestration.landing.csv_files import EmptyFile, Malformed
from orchestration.landing.daily_volume import note_repeated_keys
from orchestration.landing.loads import (
    LandedFile,
    Load,
    company_state,
    content_path,
    files_folder,
    read_loads,
    scratch_folder,
)
from orchestration.landing.mapping import (
    Query,
    parse_mapping,
    refuse_unknown_inputs,
    running,
    runs,
)
from orchestration.landing.outages import acknowledged_outages
from orchestration.landing.plan import PlannedLoad, plan
from orchestration.landing.raw_views import STAMP, write_views
from orchestration.landing.reader import identifier
from orchestration.landing.sandbox import Sandbox, sandbox
from orchestration.landing.scan import read_mapping_sql
from orchestration.landing.view_types import archived_spans
from orchestration.publishing.ledger import load as load_ledger

BOOKKEEPING_TABLES = {
    "table_loads": {
        "load_number": "integer",
        "table_name": "varchar",
        "loaded_at": "timestamp",
        "row_count": "bigint",
        "file_count": "integer",
    },
    "table_files": {
        "load_number": "integer",
        "table_name": "varchar",
        "path": "varchar",  # of Parquet, from the company's state
        "landed_file": "varchar",  # of the archive's own, which carries no bookkeeping columns
        "loaded_at": "timestamp",
        "types": "varchar",  # JSON: columns that are not text, with their types
        "plain": "varchar",  # JSON: names of the columns as the file spells them
    },
    "repeated_keys": {  # of append tables: what occurs more than once, by a number for the key
        "table_name": "varchar",
        "key_number": "ubigint",
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


# Landed Parquet of so many rows is read where the archive keeps it; less is copied, so that a table
# of many loads is read as one list of files.
READ_IN_PLACE = 250_000


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
    raw_folder: Path | None = None,
    memory_limit: str = "",
) -> dict[str, int]:
    """Write the schemas raw and config into a build file; returns the rows per raw table.

    `loads_there` is how many loads the file knows already; 0 writes all of them anew, into
    `raw_folder` (beside the build file, where none is given). `first_loads` leaves out the loads
    after so many; `ledger` is the folder of what was published. `memory_limit`, as "1000MB", is the
    engine's own where none is given; beyond it the disk is used.
    """
    raw_folder = raw_folder or build_file.parent / "raw"
    mapping_sql = read_mapping_sql(company)
    loads = read_loads(state, company.id)[:first_loads]
    with writing():
        build_file.parent.mkdir(parents=True, exist_ok=True)
        make_private_folder(raw_folder)
    with (
        reader.writing_database(build_file),
        reader.connect(build_file, memory_limit) as connection,
    ):
        connection.execute("begin")
        if not loads_there:
            connection.execute("drop schema if exists raw cascade")
            _create_tables(connection)
        with scratch_folder(state, company.id) as scratch:
            kept = [ledger] if ledger else []
            home = company_state(state, company.id)
            folders = (files_folder(state, company.id), home / "raw", home / "builds")
            shut_in(connection, *folders, raw_folder, scratch, *kept)
            writer = _Writer(connection, company, Path(state), scratch, raw_folder)
            # what came since was judged before it was archived
            writer.judges_dates = not loads_there
            for planned in plan(loads, mapping_sql)[loads_there:]:
                writer.write_direct(planned)
            if mapping_sql:
                writer.write_mapped(loads, mapping_sql, loads[loads_there:])
            write_views(connection, home, company.reading.values)
            note_repeated_keys(connection, loads_there)
        _write_refresh_log(connection, refresh_log)
        load_ledger(connection, ledger)
        outages = acknowledged_outages(connection, company, loads, mapping_sql, run_date)
        write_config(
            connection,
            company,
            run_date=run_date,
            as_of_date=as_of_date,
            outages=outages,
            lost=lost_columns(connection, loads),
            stamp={**(stamp or {}), "loads_there": loads_there},
        )
        connection.execute("commit")
        connection.execute("checkpoint")
        counted = dict(
            connection.execute(
                "select table_name, cast(sum(row_count) as bigint) from raw.table_loads group by 1"
            ).fetchall()
        )
    sync_tree(raw_folder)
    return {name: counted.get(name, 0) for name in raw_tables()}


class _Writer:
    """Writes the files of one load after the other."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        company: Company,
        state: Path,
        scratch: Path,
        raw_folder: Path,
    ) -> None:
        self.connection = connection
        self.company = company
        self.state = state
        self.scratch = scratch
        self.raw_folder = raw_folder
        self.judges_dates = True
        self.seen_extra: set[tuple[str, str]] = set(
            connection.execute("select table_name, column_name from raw.extra_columns").fetchall()
        )

    def write_direct(self, planned: PlannedLoad) -> None:
        """The files that are taken as they are."""
        for name, files in planned.direct.items():
            table = raw_tables()[name]
            row_count = sum(
                self._write_file(table, planned.load, file, number)
                for number, file in enumerate(files)
            )
            self._write_table_load(planned.load, name, row_count, len(files))

    def _write_file(self, table: RawTable, load: Load, file: LandedFile, number: int) -> int:
        content = self._content(file)
        try:
            source = reader.open_source(
                self.connection,
                content,
                file.path,
                table,
                habits=self._habits(load),
                scratch=self.scratch,
            )
        except EmptyFile:
            return 0
        self._write_extra(table, load, file.path, source.extra_columns(table))
        target = self.raw_folder / f"{load.number:04d}.{table.name}.{number}.parquet"
        if source.csv is not None:
            return self._write_csv(table, load, file, source, target)
        with reader.reading(file.path):
            row_count = _one(self.connection, f"select count(*) from {source.relation}")
            is_as_landed = source.is_as_landed and not self._has_padded_ids(source, table)
            if row_count >= READ_IN_PLACE and is_as_landed:
                self._write_table_file(table, load, content, source, file.path)
            else:
                self._copy(
                    f"select {_own(table)}, {_stamped(load, file.path)}, line_in_file as _line, "
                    f"{', '.join(COMMON_COLUMNS)} from (select {source.kept_list(table)}, "
                    f"{source.line} as line_in_file from {source.relation})",
                    target,
                )
                self._write_table_file(table, load, target, source)
                self._judge_dates(table, load, file, source, target)
        return row_count

    def _judge_dates(
        self, table: RawTable, load: Load, file: LandedFile, source: reader.Source, target: Path
    ) -> None:
        if not self.judges_dates or load.is_acts:
            return
        relation = f"read_parquet({text_literal(target)})"
        found = unread.found(self.connection, relation, unread.judged(source, table))
        self._refuse_unread(
            unread.Column(
                f"landed/{file.path}",
                name,
                f"{table.name}.{name}",
                count,
                values,
                unread.examples(self.connection, relation, name),
            )
            for name, (values, count) in found.items()
        )

    def _refuse_unread(self, columns: Iterable[unread.Column]) -> None:
        problems = [unread.message(column, self.company.reading) for column in columns]
        if problems:
            raise BadInput("\n".join(problems))

    def _habits(self, load: Load) -> Reading:
        """People's acts are written by ourselves."""
        return Reading() if load.is_acts else self.company.reading

    def _has_padded_ids(self, source: reader.Source, table: RawTable) -> bool:
        """Whether ids of a file have to be trimmed; numbers and the like need not be."""
        texts = [
            source.expressions[column.name]
            for column in table.columns
            if column.is_id and source.types.get(column.name) == "VARCHAR"
        ]
        padded = [f"{text} <> {trimmed(text)} or {text} = ''" for text in texts]
        if not padded:
            return False
        found = self.connection.execute(
            f"select 1 from {source.relation} where {' or '.join(padded)} limit 1"
        ).fetchone()
        return found is not None

    def _write_csv(
        self, table: RawTable, load: Load, file: LandedFile, source: reader.Source, target: Path
    ) -> int:
        own = ", ".join(f"{identifier(column.name)} varchar" for column in table.columns)
        common = ", ".join(f"{column} varchar" for column in COMMON_COLUMNS)
        self.connection.execute(
            f"create or replace temp table landed_rows ({own}, {STAMP}, {common})"
        )
        stamp = (load.number, _utc(load.loaded_at), file.path)
        with reader.reading(file.path):
            inserted = reader.insert_source(
                self.connection, source, table, stamp, "temp.landed_rows"
            )
        self._copy(
            f"select {_own(table)}, _load_number, _loaded_at, _file, _line, "
            f"{', '.join(COMMON_COLUMNS)} from temp.landed_rows",
            target,
        )
        self._judge_dates(table, load, file, source, target)
        self.connection.execute("drop table temp.landed_rows")
        self._write_table_file(table, load, target, source)
        self._write_malformed(table, load, file.path, inserted.malformed)
        return inserted.row_count

    def write_mapped(
        self, loads: list[Load], mapping_sql: dict[str, str], new_loads: list[Load]
    ) -> None:
        """What the company's own SQL makes of each new load."""
        queries = parse_mapping(mapping_sql)
        refuse_unknown_inputs(queries, loads, mapping_sql)
        needed = runs(queries, loads, mapping_sql)
        spans = archived_spans(self.company, self.state, loads, self.scratch)
        for load in new_loads:
            fitting = needed[load.number]
            if not fitting:
                continue
            with sandbox(
                load, mapping_sql, fitting, self._content, self.scratch, self.company.reading, spans
            ) as box:
                for query in fitting:
                    self._write_result(load, query, box)

    def _write_result(self, load: Load, query: Query, box: Sandbox) -> None:
        table, result = query.table, box.run(query)
        target = self.raw_folder / f"{load.number:04d}.{table.name}.mapped.parquet"
        self.connection.register("mapped_rows", result.rows)
        with running(query):
            inserted = self._copy(
                f"select {_own(table)}, {_stamped(load, query.name)}, "
                f"row_number() over () as _line, {', '.join(COMMON_COLUMNS)} from mapped_rows",
                target,
            )
        self.connection.unregister("mapped_rows")
        if self.judges_dates:
            relation = f"read_parquet({text_literal(target)})"
            found = unread.found(self.connection, relation, result.dates)
            self._refuse_unread(box.sources_of_unread(query, found))
        self._write_extra(table, load, query.name, result.extra_columns)
        self._write_table_load(load, table.name, inserted, 1)
        self._note_file(table, load, target, result.kept_types, None, {})

    def _copy(self, query: str, target: Path) -> int:
        """Write a query's rows as Parquet, in their order; how many there were."""
        count = _one(self.connection, f"copy ({query}) to {text_literal(target)} (format parquet)")
        target.chmod(0o400)
        return count

    def _write_table_file(
        self,
        table: RawTable,
        load: Load,
        path: Path,
        source: reader.Source,
        landed_file: str | None = None,
    ) -> None:
        types = source.kept_types(table)
        if landed_file is None:
            self._note_file(table, load, path, types | source.absent(table), None, {})
            return
        declared = {column.name for column in table.readable_columns}
        types |= {
            name: kind for name, kind in source.types.items() if name in declared - types.keys()
        }
        plain = {name: spelled for name, spelled in source.plain.items() if name in types}
        self._note_file(table, load, path, types, landed_file, plain)

    def _note_file(
        self,
        table: RawTable,
        load: Load,
        path: Path,
        types: dict[str, str],
        landed_file: str | None,
        plain: dict[str, str],
    ) -> None:
        home = company_state(self.state, self.company.id).resolve()
        relative = os.path.relpath(path.resolve(), home)
        self.connection.execute(
            "insert into raw.table_files values (?, ?, ?, ?, ?, ?, ?)",
            [
                load.number,
                table.name,
                relative,
                landed_file,
                _utc(load.loaded_at),
                json.dumps(types, sort_keys=True),
                json.dumps(plain, sort_keys=True),
            ],
        )

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


def _own(table: RawTable) -> str:
    """A table's own columns as they are kept: ids trimmed, one of blanks alone is none."""
    return ", ".join(
        f"nullif({trimmed(name)}, '') as {name}" if column.is_id else name
        for column in table.columns
        for name in [identifier(column.name)]
    )


def _stamped(load: Load, file: str) -> str:
    """The bookkeeping columns of a file's rows, but for the line."""
    return (
        f"cast({load.number} as integer) as _load_number, "
        f"timestamp '{_utc(load.loaded_at)}' as _loaded_at, {text_literal(file)} as _file"
    )


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
