"""A company's own SQL: one SELECT per raw table, run over the files of one load and nothing else.

The connection can read copies of that load's files in a scratch folder. It can't open any other
path, attach, install, load or write, and its configuration is locked. What depends on the clock or
on chance is refused, for a replay must give the same rows.
"""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow

from orchestration.errors import BadInput
from orchestration.landing import csv_files, reader
from orchestration.landing.csv_files import quoted
from orchestration.landing.loads import LandedFile, Load
from orchestration.landing.plan import mapping_inputs, view_name
from orchestration.landing.reader import identifier
from orchestration.landing.spelling import suggestion
from orchestration.landing.storage import writing
from orchestration.landing.tables import RawTable, raw_tables

CLOCK_WORDS = {
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
}


@dataclass(frozen=True)
class Query:
    """One mapping file that has been read and found to be a single SELECT."""

    table: RawTable
    sql: str
    # Names of landed views, and texts that may be names of files.
    views: frozenset[str]
    texts: frozenset[str]

    @property
    def name(self) -> str:
        """What messages and raw rows call it."""
        return f"mapping/{self.table.name}.sql"


@dataclass(frozen=True)
class Result:
    """The rows of one query, every raw column as text."""

    rows: pyarrow.RecordBatchReader
    extra_columns: list[str]


def parse_mapping(mapping_sql: Mapping[str, str]) -> list[Query]:
    """Check every mapping file without running it."""
    with reader.connect() as connection:
        unstable = {
            row[0]
            for row in connection.execute(
                "select distinct function_name from duckdb_functions() "
                "where stability <> 'CONSISTENT' and function_name <> 'error'"
            ).fetchall()
        }
        return [
            _parse(connection, raw_tables()[name], sql, unstable)
            for name, sql in mapping_sql.items()
        ]


def applies(query: Query, load: Load, mapping_sql: Mapping[str, str]) -> bool:
    """True when the load holds every file that the query reads."""
    views, paths = _offered(mapping_inputs(load, mapping_sql), load)
    return query.views <= set(views) and not (query.texts & _all_names(load)) - paths


def _all_names(load: Load) -> set[str]:
    return {load.path_inside(file) for file in load.files}


def missing_files(query: Query, load: Load, loads: Iterable[Load], mapping_sql: dict) -> list[str]:
    """Files that the query reads and that other loads hold, but not this one."""
    here, here_paths = _offered(mapping_inputs(load, mapping_sql), load)
    absent: set[str] = set()
    for other in loads:
        views, paths = _offered(mapping_inputs(other, mapping_sql), other)
        absent |= {views[name] for name in query.views & set(views) if name not in here}
        absent |= (query.texts & paths) - here_paths
    return sorted(absent)


def refuse_unknown_views(
    queries: Iterable[Query], loads: Iterable[Load], mapping_sql: Mapping[str, str]
) -> None:
    """A view that no load ever offered is a misspelling."""
    known: set[str] = set()
    for load in loads:
        known |= set(_offered(mapping_inputs(load, mapping_sql), load)[0])
    for query in queries:
        for view in sorted(query.views - known):
            raise BadInput(
                f"{query.name} reads landed.{view}, and no landed file gives that name"
                f"{suggestion(view, known)}. There are: "
                + ", ".join(f"landed.{name}" for name in sorted(known)[:40])
            )


@contextlib.contextmanager
def sandbox(
    load: Load,
    mapping_sql: Mapping[str, str],
    queries: Iterable[Query],
    content: Callable[[LandedFile], Path],
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked connection that sees copies of one load's files, by path and as views."""
    wanted = {view for query in queries for view in query.views}
    inputs = mapping_inputs(load, mapping_sql)
    views, _ = _offered(inputs, load)
    by_path = {load.path_inside(file): file for file in inputs}
    with tempfile.TemporaryDirectory() as temporary, reader.connect() as connection:
        scratch = Path(temporary).resolve()
        folder = scratch / "landed"
        for path, file in by_path.items():
            _copy(content(file), folder / path, file, scratch)
        folder.mkdir(exist_ok=True)
        connection.execute("create schema landed")
        for view, path in views.items():
            if view in wanted:
                _create_view(connection, view, folder / path, by_path[path], scratch)
        _lock(connection, folder, scratch / "spill", by_path)
        yield connection


def run(connection: duckdb.DuckDBPyConnection, query: Query) -> Result:
    """Run one query in a sandbox; its result is cast to text."""
    table = query.table
    with running(query):
        described = connection.execute(f"describe {query.sql}").fetchall()
    types = {row[0]: row[1] for row in described}
    present = {name.lower() for name in types}
    for column in table.columns:
        if column.is_required and column.name not in present:
            raise BadInput(
                f"{query.name}: its result lacks the required column `{column.name}`"
                f"{suggestion(column.name, types)}."
            )
    source = reader.Source(
        relation=f"(\n{query.sql}\n) as mapped",
        expressions=reader.text_expressions(types, query.name, table),
        column_names=tuple(types),
        line="",
    )
    with running(query):
        connection.execute(f"select {source.select_list(table)} from {source.relation}")
        rows = connection.to_arrow_reader(100_000)
    return Result(rows, source.extra_columns(table))


@contextlib.contextmanager
def running(query: Query) -> Iterator[None]:
    """Turn the engine's complaint into a message that names the mapping file."""
    try:
        yield
    except (duckdb.Error, pyarrow.ArrowException, OSError) as error:
        lines = [
            line.strip()
            for line in str(error).strip().split("\n")
            if line.strip() and not line.startswith("Original Line")
        ]
        raise BadInput(f"{query.name}: {' · '.join(lines[:4])}") from error


def _parse(
    connection: duckdb.DuckDBPyConnection, table: RawTable, sql: str, unstable: set[str]
) -> Query:
    query = Query(table, sql, frozenset(), frozenset())
    with running(query):
        statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise BadInput(
            f"{query.name} must be exactly one SELECT (it may begin with WITH), and nothing else."
        )
    if statements[0].named_parameters:
        raise BadInput(f"{query.name}: there are no parameters ($1, ?) to fill.")
    plain = statements[0].query.strip().rstrip(";")
    serialized = json.loads(
        connection.execute("select json_serialize_sql(cast(? as varchar))", [plain]).fetchone()[0]
    )
    if serialized["error"]:
        raise BadInput(f"{query.name} must be a SELECT over landed files.")
    views, texts, calls = set(), set(), set()
    for node in _nodes(serialized["statements"]):
        if node.get("type") == "BASE_TABLE" and node["schema_name"].lower() == "landed":
            views.add(node["table_name"].lower())
        elif node.get("type") == "VALUE_CONSTANT" and isinstance(node["value"].get("value"), str):
            texts.add(node["value"]["value"].removeprefix("./"))
        elif node.get("class") == "FUNCTION":
            name = node["function_name"].lower()
            if name in unstable or (name == "age" and len(node["children"]) == 1):
                calls.add(name)
        elif node.get("class") == "COLUMN_REF" and len(node["column_names"]) == 1:
            calls |= {node["column_names"][0].lower()} & CLOCK_WORDS
    if calls:
        raise BadInput(
            f"{query.name} uses {', '.join(sorted(calls))}: the result would differ from run to "
            "run. Take times from the landed files."
        )
    return Query(table, plain, frozenset(views), frozenset(texts))


def _nodes(tree: object) -> Iterator[dict]:
    if isinstance(tree, dict):
        yield tree
        for child in tree.values():
            yield from _nodes(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from _nodes(child)


def _offered(inputs: list[LandedFile], load: Load) -> tuple[dict[str, str], set[str]]:
    """The views of a load with the path behind each, and all paths."""
    views: dict[str, str] = {}
    for file in inputs:
        path = load.path_inside(file)
        name = view_name(path)
        if name in views:
            raise BadInput(
                f"landed/{views[name]} and landed/{path} would both be landed.{name} for the "
                "mapping. Rename one."
            )
        views[name] = path
    return views, set(views.values())


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
        relation = f"read_parquet({quoted(path)})"
    else:
        opened = csv_files.open_csv(path, file.path, scratch)
        # Types are guessed from the whole file, so that a late odd value changes no type unseen.
        relation = (
            f"read_csv({quoted(path)}, delim = '{opened.delimiter}', quote = '\"', "
            "escape = '\"', header = true, sample_size = -1)"
        )
    with reader.reading(file.path):
        connection.execute(f"create view landed.{identifier(view)} as select * from {relation}")


def _lock(
    connection: duckdb.DuckDBPyConnection, folder: Path, spill: Path, paths: Iterable[str]
) -> None:
    listed = ", ".join(quoted(path) for path in paths)
    # One thread, so that sums of floats and the order of groups are the same in every run.
    connection.execute("set threads = 1")
    connection.execute(f"set temp_directory = {quoted(spill)}")
    # The folder for views and patterns; the bare names so that read_csv('name.csv') is found.
    connection.execute(f"set file_search_path = {quoted(folder)}")
    connection.execute(f"set allowed_paths = [{listed}]")
    connection.execute(f"set allowed_directories = [{quoted(folder)}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
