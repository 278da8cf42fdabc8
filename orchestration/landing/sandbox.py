"""Where a company's own SQL runs: it sees the files of one load and nothing else.

The connection can read copies of that load's files in a scratch folder. It can't open any other
path, attach, install, load or write, and its configuration is locked.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow

from orchestration.base.errors import BadInput
from orchestration.base.lockdown import shut_in, text_literal
from orchestration.company.spelling import suggestion
from orchestration.company.storage import writing
from orchestration.landing import csv_files, reader
from orchestration.landing.csv_files import CsvFile
from orchestration.landing.loads import LandedFile, Load
from orchestration.landing.mapping import Query, offered, running
from orchestration.landing.plan import mapping_inputs
from orchestration.landing.reader import identifier


@dataclass(frozen=True)
class Result:
    """The rows of one query, typed where that loses nothing, else as text."""

    rows: pyarrow.RecordBatchReader
    extra_columns: list[str]
    kept_types: dict[str, str]


@dataclass(frozen=True)
class Sandbox:
    """A locked connection, and the folder of copies that it can read."""

    connection: duckdb.DuckDBPyConnection
    folder: Path

    def run(self, query: Query) -> Result:
        """Run one query; what can't stay typed becomes text."""
        table, sql = query.table, query.reading_from(self.folder)
        with running(query, self.folder):
            described = self.connection.execute(f"describe {sql}").fetchall()
        types = {row[0]: row[1] for row in described}
        present = {name.lower() for name in types}
        for column in table.columns:
            if column.is_required and column.name not in present:
                raise BadInput(
                    f"{query.name}: its result lacks the required column `{column.name}`"
                    f"{suggestion(column.name, types)}."
                )
        source = reader.Source(
            relation=f"(\n{sql}\n) as mapped",
            expressions=reader.text_expressions(types, query.name, table),
            column_names=tuple(types),
            line="",
            types={name.lower(): kind for name, kind in types.items()},
            plain={name.lower(): identifier(name) for name in types},
        )
        with running(query, self.folder):
            self.connection.execute(f"select {source.kept_list(table)} from {source.relation}")
            rows = self.connection.to_arrow_reader(100_000)
        types = source.kept_types(table) | source.absent(table)
        return Result(rows, source.extra_columns(table), types)


@contextlib.contextmanager
def sandbox(
    load: Load,
    mapping_sql: Mapping[str, str],
    queries: Iterable[Query],
    content: Callable[[LandedFile], Path],
    within: Path,
) -> Iterator[Sandbox]:
    """A locked connection that sees copies of one load's files, by path and as views.

    The copies lie in a folder `within` the one given, and go with the connection.
    """
    wanted = {view for query in queries for view in query.views}
    by_path = {load.path_inside(file): file for file in mapping_inputs(load, mapping_sql)}
    with tempfile.TemporaryDirectory(dir=within) as temporary, reader.connect() as connection:
        scratch = Path(temporary).resolve()
        folder = scratch / "landed"
        folder.mkdir()
        for path, file in by_path.items():
            _copy(content(file), folder / path, file, scratch)
        connection.execute("create schema landed")
        for view, path in offered(load, mapping_sql).items():
            if view in wanted:
                _create_view(connection, view, folder / path, by_path[path], scratch)
        _lock(connection, folder, scratch)
        yield Sandbox(connection, folder)


def _copy(source: Path, target: Path, file: LandedFile, scratch: Path) -> None:
    if any(sign in str(target) for sign in "*?["):
        raise BadInput(f"landed/{file.path}: rename it without * ? [ (they stand for patterns).")
    with writing():
        target.parent.mkdir(parents=True, exist_ok=True)
        readable = source if file.is_parquet else csv_files.as_utf8(source, file.path, scratch)
        shutil.copyfile(readable, target)


def _create_view(
    connection: duckdb.DuckDBPyConnection, view: str, path: Path, file: LandedFile, scratch: Path
) -> None:
    if file.is_parquet:
        relation = f"read_parquet({text_literal(path)})"
    else:
        relation = _typed_csv(connection, csv_files.open_csv(path, file.path, scratch), file.path)
    with reader.reading(file.path):
        connection.execute(f"create view landed.{identifier(view)} as select * from {relation}")


def _typed_csv(connection: duckdb.DuckDBPyConnection, opened: CsvFile, name: str) -> str:
    """A CSV file with its types guessed from all rows; a line that can't be read is refused.

    Whole numbers too long for an integer stay text: as floats they would lose digits.
    """
    columns = [f"c{number}" for number in range(len(opened.header))]
    longs = [f"bool_or(regexp_full_match({column}, '[+-]?[0-9]{{16,}}'))" for column in columns]
    with reader.reading(name):
        has_longs = connection.execute(
            f"select {', '.join(longs)} from {opened.relation()}"
        ).fetchall()[0]
    malformed = [*(opened.malformed or ()), *csv_files.take_rejects(connection)]
    if malformed:
        raise BadInput(
            f"landed/{name}: {len(malformed)} lines can't be read; line {malformed[0].line} has "
            f"{malformed[0].reason}. Mend them, or export the file again."
        )
    header = [column or f"column_{number}" for number, column in enumerate(opened.header, start=1)]
    names = ["line", *header] if opened.is_rewritten else header
    options = (
        f"delim = '{',' if opened.is_rewritten else opened.delimiter}', quote = '\"', "
        f"escape = '\"', header = true, skip = 0, sample_size = -1, "
        f"names = [{', '.join(text_literal(column) for column in names)}]"
    )
    with reader.reading(name):
        described = connection.execute(
            f"describe select * from read_csv({text_literal(opened.readable)}, {options})"
        ).fetchall()
    types = {row[0]: row[1] for row in described}
    texts = [
        f"{text_literal(column)}: 'VARCHAR'"
        for column, is_long in zip(header, has_longs, strict=True)
        if is_long and types[column] == "DOUBLE"
    ]
    if texts:
        options += f", types = {{{', '.join(texts)}}}"
    shown = ", ".join(identifier(column) for column in header)
    return f"(select {shown} from read_csv({text_literal(opened.readable)}, {options}))"


def _lock(connection: duckdb.DuckDBPyConnection, folder: Path, scratch: Path) -> None:
    # One thread, so that sums of floats and the order of groups are the same in every run.
    connection.execute("set threads = 1")
    connection.execute(f"set temp_directory = {text_literal(scratch / 'spill')}")
    shut_in(connection, scratch)
