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
from orchestration.company.reading import WHOLE_TABLE, Reading
from orchestration.company.spelling import suggestion
from orchestration.company.tables import Column, RawTable, raw_tables
from orchestration.landing import (
    csv_files,
    currencies,
    formats,
    mapping,
    parents,
    reader,
    unread,
    view_types,
)
from orchestration.landing.columns import gone_columns
from orchestration.landing.csv_files import EmptyFile, Malformed
from orchestration.landing.currencies import Currencies
from orchestration.landing.loads import (
    LandedFile,
    Load,
    Note,
    acts_folder,
    content_path,
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
    "rate": "try_cast({0} as double)",
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
    _refuse_unknown_names(scan, company)
    planned = plan(scan.loads, scan.mapping_sql)[len(scan.archived) :]
    volumes = Volumes.after(scan.archived, scan.mapping_sql)
    money = Currencies(company.reporting_currency, scan.archived)
    with scratch_folder(scan.state, company.id) as scratch:
        with reader.connect() as connection:
            connection.execute(f"set temp_directory = {text_literal(scratch / 'spill')}")
            folders = [company.landed, acts_folder(scan.state, company.id), scratch]
            shut_in(connection, *folders, files_folder(scan.state, company.id))
            checker = _Checker(connection, scan, volumes, scratch, money)
            counted = [checker.count_direct(each) for each in planned]
            checker.stop_on_problems()
            gone = gone_columns(connection, scan, counted, scratch)
        needed = mapping.runs(queries, [*scan.archived, *counted], scan.mapping_sql)
        known = view_types.Known(company, scan.state)
        folders = [company.landed, files_folder(scan.state, company.id)]
        spans = view_types.spans_of_views(
            queries, scan.loads, scan.mapping_sql, _content(scan), scratch, folders, known
        )
        scan.known = known
        _refuse_unknown_columns(company, spans)
        counted = [
            _count_mapped(scan, load, queries, needed[load.number], spans, scratch, money)
            for load in counted
        ]
    _stop_on(money.problems())
    counted = [money.noted(load) for load in counted]
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


def _stop_on(problems: list[str]) -> None:
    """Raise everything that was found, as one message."""
    if problems:
        more = len(problems) - MOST_PROBLEMS
        tail = [f"… and {more} more problems."] if more > 0 else []
        raise BadInput("\n".join(problems[:MOST_PROBLEMS] + tail))


class _Checker:
    """Opens every new file once; collects what is wrong, so that one message tells all."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        scan: Scan,
        volumes: Volumes,
        scratch: Path,
        money: Currencies,
    ) -> None:
        self.connection = connection
        self.scan = scan
        self.money = money
        self.filled = {table for table, rows in volumes.tables.items() if rows}
        self.scratch = scratch
        self.problems: list[str] = []
        self.counts: dict[tuple[str, str], int] = {}

    def stop_on_problems(self) -> None:
        """Raise everything that was found."""
        _stop_on(self.problems)

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
            if file.is_changed:
                self._collect(_refuse_unreadable, self.scan.source(load, file), _name(load, file))
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
        _refuse_unreadable(path, name)
        try:
            source = reader.open_source(
                self.connection,
                path,
                name,
                table,
                habits=Reading() if load.is_acts else self.scan.company.reading,
                scratch=self.scratch,
            )
        except EmptyFile:
            if table.name in self.filled:
                return 0  # a table that stood there and is now empty: the volumes will block it
            raise
        missing = _missing_columns(name, source, table)
        if missing:
            raise BadInput("\n".join(missing))
        return self._count_rows(source, table, name, load)

    def _count_rows(self, source: Source, table: RawTable, name: str, load: Load) -> int:
        kept = source.kept_types(table)  # what is typed already can be read
        typed = [
            column
            for column in table.readable_columns
            if column.data_type in READABLE_AS
            and column.name in source.expressions
            and column.name not in kept
        ]
        text = "select " + source.kept_list(table) + " from " + source.relation
        dates = unread.judged(source, table)
        measures = ["count(*)", *(m for column in typed for m in _measures(column))]
        measures += unread.measures(dates)
        if source.csv is None:  # Parquet counts without reading; a hash needs the value itself
            measures += [f"max(hash({reader.identifier(name)}))" for name in source.expressions]
        has_money = currencies.columns(table) is not None
        measures += [currencies.measure(table)] if has_money else []
        with reader.reading(name):
            row = self.connection.execute(f"select {', '.join(measures)} from ({text})").fetchall()[
                0
            ]
        self.money.add(load, table.name, row[-1] if has_money else None)
        malformed = self._malformed(source)
        self._refuse_cut(source, row[0], malformed, name)
        judged = zip(*[iter(row[1 + 3 * len(typed) :])] * 2, strict=False)
        refused = {
            column: pair
            for column, pair in zip(dates, judged, strict=False)
            if unread.is_unread(*pair)
        }
        for date, (values, count) in refused.items():
            key, examples = f"{table.name}.{date}", self._examples(text, date)
            found = unread.Column(name, date, key, count, values, examples)
            self.problems.append(unread.message(found, self.scan.company.reading))
        for number, column in enumerate(typed):
            values, readable, examples = row[1 + 3 * number : 4 + 3 * number]
            if values >= FEWEST_VALUES and readable == 0 and column.name not in refused:
                self.problems.append(_retyped(name, column, values, examples))
        return row[0]

    def _examples(self, text: str, column: str) -> tuple[str, ...]:
        found = unread.examples(self.connection, f"({text})", column)
        csv_files.forget_rejects(self.connection)
        return found

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
                habits=Reading() if load.is_acts else self.scan.company.reading,
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


def _refuse_unreadable(path: Path, name: str) -> None:
    """Another format than the name says, or text in an encoding that is not read."""
    formats.refuse_disguised(path, name)
    if formats.suffix_of(name) not in formats.PARQUET:
        csv_files.refuse_undecodable(path, name)


def _refuse_unknown_names(scan: Scan, company: Company) -> None:
    """`reading: columns:` names landed files too; which there are is known here."""
    known = {*raw_tables()}
    for load in scan.loads:
        known |= set(mapping.offered(load, scan.mapping_sql))
    for key in company.reading.columns:
        name = key.partition(".")[0]
        if name.lower() not in known:
            raise BadInput(
                f"{company.folder / 'company.yml'}: field `reading.columns`: `{name}` is no raw "
                f"table and no landed file that a mapping reads{suggestion(name, known)}."
            )


def _refuse_unknown_columns(company: Company, spans: view_types.Spans) -> None:
    """… and so is which columns they have, of those that a mapping reads."""
    for key in company.reading.columns:
        name, _, column = key.partition(".")
        known = set(spans.get(name.lower(), ()))
        if name in raw_tables():
            known |= {each.name for each in raw_tables()[name].readable_columns}
        if known and column != WHOLE_TABLE and column.lower() not in known:
            raise BadInput(
                f"{company.folder / 'company.yml'}: field `reading.columns`: `{column}` is no "
                f"column of {name}{suggestion(column, known)}."
            )


def _name(load: Load, file: LandedFile) -> str:
    return file.path if load.is_acts else f"landed/{file.path}"


def _content(scan: Scan) -> Callable[[Load, LandedFile], Path]:
    """Where a file lies: an archived one in the archive."""
    archived = {load.number for load in scan.archived}

    def content(load: Load, file: LandedFile) -> Path:
        if load.number in archived:
            return content_path(scan.state, scan.company.id, file.sha256)
        return scan.source(load, file)

    return content


def _count_mapped(
    scan: Scan,
    load: Load,
    queries: list[mapping.Query],
    needed: list[mapping.Query],
    spans: view_types.Spans,
    scratch: Path,
    money: Currencies,
) -> Load:
    """The load with the rows that the company's own SQL makes of it.

    A query whose files are as they were is not run again: it has the rows that it had.
    """
    if not queries or load.is_acts:
        return load
    counts = dict(load.row_counts or {})
    before = {
        table: count
        for other in scan.loads
        if other.number < load.number
        for table, count in (other.row_counts or {}).items()
    }
    for query in queries:
        name = query.table.name
        if not mapping.applies(query, load, scan.mapping_sql):
            if load.folder is None:
                load = replace(load, missing_tables=(*load.missing_tables, name))
        elif query not in needed and load.folder is None and name in before:
            counts[name] = before[name]
    if needed:
        with sandbox(
            load,
            scan.mapping_sql,
            needed,
            lambda file: scan.company.landed / file.path,
            scratch,
            scan.company.reading,
            spans,
        ) as box:
            for query in needed:
                counts[query.table.name] = _count_result(box, query, load, money)
    return replace(load, row_counts=counts)


def _count_result(box: Sandbox, query: mapping.Query, load: Load, money: Currencies) -> int:
    """How many rows a query makes; what is wrong with them is refused."""
    result = box.run(query)
    has_money = currencies.columns(query.table) is not None
    wanted = ["count(*)", *unread.measures(result.dates)]
    wanted += [currencies.measure(query.table)] if has_money else []
    if query.table.name == "accounts":
        listed = ", ".join(map(reader.identifier, parents.COLUMNS))
        wanted.append(f"list(row({listed}))")
    with mapping.running(query, box.folder), reader.connect() as connection:
        connection.register("mapped_rows", result.rows)
        shut_in(connection)
        count, *row = connection.execute(f"select {', '.join(wanted)} from mapped_rows").fetchall()[
            0
        ]
    if has_money:
        money.add(load, query.table.name, row[2 * len(result.dates)])
    found = {
        name: (row[2 * number], row[2 * number + 1]) for number, name in enumerate(result.dates)
    }
    refused = {name: pair for name, pair in found.items() if unread.is_unread(*pair)}
    problems = [unread.message(each, box.habits) for each in box.sources_of_unread(query, refused)]
    if query.table.name == "accounts":
        problems += parents.problems(row[-1] or ())
    if problems:
        raise BadInput("\n".join(problems))
    return int(count)


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
                f"{source.columns_in_words}. Rename the column, or make it by a mapping/"
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
