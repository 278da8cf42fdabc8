"""Look at what is new before anything is kept: refuse what can't be read, block what shrank.

Reads the landed files; writes nothing. On success every new load of the scan knows its rows per
table, which the archive keeps, so that later loads are compared without reading old files.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from orchestration.base.errors import BadInput, Blocked, ColumnsGone
from orchestration.base.lockdown import shut_in, text_literal
from orchestration.company.company import Company
from orchestration.company.spelling import suggestion
from orchestration.company.tables import Column, RawTable, raw_tables
from orchestration.landing import csv_files, mapping, parents, reader
from orchestration.landing.columns import gone_columns
from orchestration.landing.csv_files import EmptyFile, Malformed
from orchestration.landing.loads import (
    LandedFile,
    Load,
    Note,
    acts_folder,
    files_folder,
    scratch_folder,
)
from orchestration.landing.plan import PlannedLoad, files_by_table, mapping_inputs, plan
from orchestration.landing.reader import Source
from orchestration.landing.sandbox import Sandbox, sandbox
from orchestration.landing.scan import Scan
from orchestration.landing.volumes import Volumes

# A column of which nothing can be read was retyped at its source; with fewer values than this, it
# may as well be single bad rows, which staging quarantines.
FEWEST_VALUES = 3
MOST_PROBLEMS = 10
LETTER = re.compile(r"[^\W\d_]")

# What staging may be able to read; SQL over one text value. Deliberately wide: single bad values
# are staging's to judge.
READABLE_AS = {
    "timestamp": "coalesce(try_cast({0} as timestamp), try_cast({0} as timestamptz)::timestamp)",
    "date": "coalesce(try_cast({0} as timestamp), try_cast({0} as timestamptz)::timestamp)",
    "boolean": "try_cast({0} as boolean)",
    "integer": "try_cast({0} as double)",
    "bigint": "try_cast({0} as double)",
    "decimal": "try_cast({0} as double)",
    "money": "try_cast({0} as double)",
}


def validate(scan: Scan, company: Company, acknowledged: Mapping[str, str] | None = None) -> None:
    """Raise BadInput or Blocked, or count the rows of every new load.

    `acknowledged`: what an operator said of causes (`Block.cause`), `outage` or `meant`. A load
    keeps what was said in its notes.
    """
    queries = mapping.parse_mapping(scan.mapping_sql) if scan.mapping_sql else []
    if queries:
        mapping.refuse_unknown_inputs(queries, scan.loads, scan.mapping_sql)
        mapping.refuse_scattered_inputs(queries, scan.loads, scan.mapping_sql)
    planned = plan(scan.loads, scan.mapping_sql)[len(scan.archived) :]
    volumes = Volumes.after(scan.archived, scan.mapping_sql)
    with scratch_folder(scan.state, company.id) as scratch:
        with reader.connect() as connection:
            connection.execute(f"set temp_directory = {text_literal(scratch / 'spill')}")
            folders = [company.landed, acts_folder(scan.state, company.id), scratch]
            shut_in(connection, *folders, files_folder(scan.state, company.id))
            checker = _Checker(connection, scan, volumes, scratch)
            counted = [checker.count_direct(each) for each in planned]
            checker.stop_on_problems()
            gone = gone_columns(connection, scan, counted, scratch)
        counted = [_count_mapped(scan, load, queries, scratch) for load in counted]
    checked, blocks = [], []
    for load in counted:
        notes = {}
        for block in [*gone[load.number], *volumes.compare(load, company)]:
            meaning = (acknowledged or {}).get(block.cause)
            if meaning:
                notes[block.table, block.column] = Note(block.table, meaning, column=block.column)
            else:
                blocks.append(block)
        checked.append(replace(load, notes=tuple(notes.values())))
        volumes.add(checked[-1])
    if blocks:
        what = ColumnsGone if any(block.column for block in blocks) else Blocked
        raise what("\n".join(block.message for block in blocks), blocks)
    scan.new_loads = checked


class _Checker:
    """Opens every new file once; collects what is wrong, so that one message tells all."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        scan: Scan,
        volumes: Volumes,
        scratch: Path,
    ) -> None:
        self.connection = connection
        self.scan = scan
        self.filled = {table for table, rows in volumes.tables.items() if rows}
        self.scratch = scratch
        self.problems: list[str] = []
        self.counts: dict[tuple[str, str], int] = {}

    def stop_on_problems(self) -> None:
        """Raise everything that was found."""
        if self.problems:
            more = len(self.problems) - MOST_PROBLEMS
            tail = [f"… and {more} more problems."] if more > 0 else []
            raise BadInput("\n".join(self.problems[:MOST_PROBLEMS] + tail))

    def count_direct(self, planned: PlannedLoad) -> Load:
        """The load with the rows of each file that is taken as it is."""
        load = planned.load
        counts: dict[str, int] = {}
        for table, files in files_by_table(load, self.scan.mapping_sql).items():
            for file in files:
                counts[file.path] = self._count_once(raw_tables()[table], load, file)
            if any(counts[file.path] for file in files):
                self.filled.add(table)
        self.problems += parents.problems(self._parents(load, planned.direct.get("accounts", ())))
        for file in mapping_inputs(load, self.scan.mapping_sql):
            if not file.is_parquet and file.is_changed:
                path, name = self.scan.source(load, file), _name(load, file)
                self._collect(csv_files.refuse_undecodable, path, name)
        return replace(
            load,
            files=tuple(replace(file, row_count=counts.get(file.path)) for file in load.files),
            row_counts={
                table: sum(counts[file.path] for file in files)
                for table, files in planned.direct.items()
            },
        )

    def _count_once(self, table: RawTable, load: Load, file: LandedFile) -> int:
        key = (table.name, file.sha256)
        if file.row_count is not None:
            return file.row_count
        if key not in self.counts:
            self.counts[key] = 0
            try:
                self.counts[key] = self._count(table, load, file)
            except BadInput as error:
                self.problems.append(str(error))
        return self.counts[key]

    def _count(self, table: RawTable, load: Load, file: LandedFile) -> int:
        name, path = _name(load, file), self.scan.source(load, file)
        if not file.is_parquet:
            csv_files.refuse_undecodable(path, name)
        try:
            source = reader.open_source(
                self.connection,
                path,
                name,
                table,
                is_parquet=file.is_parquet,
                scratch=self.scratch,
            )
        except EmptyFile:
            if table.name in self.filled:
                return 0  # a table that stood there and is now empty: the volumes will block it
            raise
        missing = _missing_columns(name, source, table)
        if missing:
            raise BadInput("\n".join(missing))
        return self._count_rows(source, table, name)

    def _count_rows(self, source: Source, table: RawTable, name: str) -> int:
        kept = source.kept_types(table)  # what is typed already can be read
        typed = [
            column
            for column in table.readable_columns
            if column.data_type in READABLE_AS
            and column.name in source.expressions
            and column.name not in kept
        ]
        text = "select " + source.kept_list(table) + " from " + source.relation
        measures = ["count(*)", *(m for column in typed for m in _measures(column))]
        if source.csv is None:  # Parquet counts without reading; a hash needs the value itself
            measures += [f"max(hash({reader.identifier(name)}))" for name in source.expressions]
        with reader.reading(name):
            row = self.connection.execute(f"select {', '.join(measures)} from ({text})").fetchall()[
                0
            ]
        malformed = self._malformed(source)
        self._refuse_cut(source, row[0], malformed, name)
        for number, column in enumerate(typed):
            values, readable, examples = row[1 + 3 * number : 4 + 3 * number]
            if values >= FEWEST_VALUES and readable == 0:
                self.problems.append(_retyped(name, column, values, examples))
        return row[0]

    def _parents(
        self, load: Load, files: Iterable[LandedFile]
    ) -> Iterator[tuple[str | None, str | None]]:
        """Account and parent of each row; of files that can be read."""
        table = raw_tables()["accounts"]
        for file in files:
            if not self.counts.get((table.name, file.sha256), file.row_count):
                continue
            source = reader.open_source(
                self.connection,
                self.scan.source(load, file),
                _name(load, file),
                table,
                is_parquet=file.is_parquet,
                scratch=self.scratch,
            )
            with reader.reading(_name(load, file)):
                yield from self.connection.execute(
                    f"select {', '.join(parents.COLUMNS)} from "
                    f"(select {source.select_list(table)} from {source.relation})"
                ).fetchall()

    def _malformed(self, source: Source) -> list[Malformed]:
        if source.csv is None:
            return []
        return [*(source.csv.malformed or ()), *csv_files.take_rejects(self.connection)]

    def _refuse_cut(
        self, source: Source, row_count: int, malformed: list[Malformed], name: str
    ) -> None:
        if not malformed or source.csv is None:
            return
        line = csv_files.unclosed_quote(source.csv)
        if line is not None:
            raise BadInput(
                f"{name}, line {line}: a quote opens here and never closes. Was the file cut while "
                "it was copied? Export it again."
            )
        last = max(malformed, key=lambda each: each.line)
        is_last_line = last.line == row_count + len(malformed) + 1 or source.csv.is_rewritten
        if (
            is_last_line
            and last.reason == csv_files.REASONS["MISSING COLUMNS"]
            and not csv_files.ends_with_line_break(source.csv)
        ):
            raise BadInput(
                f"{name}, line {last.line}: the file ends in the middle of this line. Was it cut "
                "while it was copied? Export it again."
            )
        if row_count == 0:
            raise BadInput(
                f"{name}: none of its {len(malformed)} lines could be read; line "
                f"{malformed[0].line} has {malformed[0].reason}. Are delimiter "
                f"(`{source.csv.delimiter}` was found) and quotes right?"
            )

    def _collect(self, check: Callable[..., None], *arguments: Any) -> None:
        try:
            check(*arguments)
        except BadInput as error:
            self.problems.append(str(error))


def _name(load: Load, file: LandedFile) -> str:
    return file.path if load.is_acts else f"landed/{file.path}"


def _count_mapped(scan: Scan, load: Load, queries: list[mapping.Query], scratch: Path) -> Load:
    """The load with the rows that the company's own SQL makes of it."""
    if not queries or load.is_acts:
        return load
    fitting = []
    for query in queries:
        if mapping.applies(query, load, scan.mapping_sql):
            fitting.append(query)
        elif load.folder is None:
            load = replace(load, missing_tables=(*load.missing_tables, query.table.name))
    counts = dict(load.row_counts or {})
    with sandbox(
        load, scan.mapping_sql, fitting, lambda file: scan.company.landed / file.path, scratch
    ) as box:
        for query in fitting:
            counts[query.table.name] = _count_result(box, query)
    return replace(load, row_counts=counts)


def _count_result(box: Sandbox, query: mapping.Query) -> int:
    rows, count = box.run(query).rows, 0
    pairs: list[tuple[Any, ...]] = []
    with mapping.running(query, box.folder):
        for batch in rows:
            count += batch.num_rows
            if query.table.name == "accounts":
                columns = [batch.column(name).to_pylist() for name in parents.COLUMNS]
                pairs += zip(*columns, strict=True)
    found = parents.problems(pairs)
    if found:
        raise BadInput("\n".join(found))
    return count


def _missing_columns(name: str, source: Source, table: RawTable) -> list[str]:
    others = [each for each in source.column_names if each]
    if not source.expressions:  # what stands there may be a row, and personal: it is not shown
        return [
            f"{name}: none of its {len(others)} columns has a name of the table {table.name}, "
            f"which are {', '.join(column.name for column in table.columns)}. Is the line with the "
            "columns' names missing, or the file UTF-16 without its mark?"
        ]
    problems = []
    for column in table.columns:
        if column.is_required and column.name not in source.expressions:
            unknown = source.extra_columns(table)
            hint = suggestion(column.name, unknown).replace("did you mean", "is it")
            problems.append(
                f"{name}: the required column `{column.name}` is missing{hint}. The file has: "
                f"{', '.join(others[:40])}. Rename the column, or make it by a mapping/"
                f"{table.name}.sql."
            )
    return problems


def _measures(column: Column) -> list[str]:
    """How many values there are, how many can be read, and three that can't."""
    value = reader.identifier(column.name)
    readable = READABLE_AS[column.data_type].format(value)
    return [
        f"count({value})",
        f"count({readable})",
        f"(list(left({value}, 40)) filter (where {value} is not null and {readable} is null))[1:3]",
    ]


def _retyped(name: str, column: Column, values: int, examples: list[str]) -> str:
    shown = "not shown, personal"
    if not column.is_personal:  # another column may have slipped in: letters are not shown
        shown = ", ".join(repr(LETTER.sub("x", example)) for example in examples)
    return (
        f"{name}: none of the {values} values of column `{column.name}` can be read as "
        f"{column.data_type} (such as {shown}). Was the column retyped at its source?"
    )
