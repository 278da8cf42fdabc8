"""A company's own SQL: one SELECT per raw table, read and checked here, run in the sandbox.

What depends on the clock or on chance is refused, for a replay must give the same rows.
"""

import contextlib
import fnmatch
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow

from orchestration.base.errors import BadInput
from orchestration.base.lockdown import shut_in, text_literal
from orchestration.base.masking import engine_message
from orchestration.company.spelling import suggestion
from orchestration.company.tables import RawTable, raw_tables
from orchestration.landing import reader
from orchestration.landing.loads import Load
from orchestration.landing.plan import mapping_inputs, view_name

SUFFIXES = (".csv", ".parquet")
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
    # Names of landed views, and file names (or patterns) with their place in the SQL's bytes.
    views: frozenset[str] = frozenset()
    files: tuple[tuple[int, str], ...] = ()

    @property
    def name(self) -> str:
        """What messages and raw rows call it."""
        return f"mapping/{self.table.name}.sql"

    def reading_from(self, folder: Path) -> str:
        """The SQL with its file names made absolute, so that the working folder plays no part."""
        sql = self.sql.encode()
        for place, name in sorted(self.files, reverse=True):
            written = next((form for form in _literals(name) if sql[place:].startswith(form)), None)
            if written is None:
                raise BadInput(f"{self.name}: write the file name plainly: '{name}'.")
            sql = sql[:place] + text_literal(folder / name).encode() + sql[place + len(written) :]
        return sql.decode()


def _literals(name: str) -> list[bytes]:
    single, double = name.replace("'", "''"), name.replace('"', '""')
    return [f"'{single}'".encode(), f'"{double}"'.encode()]


def parse_mapping(mapping_sql: Mapping[str, str]) -> list[Query]:
    """Check every mapping file without running it."""
    with reader.connect() as connection:
        shut_in(connection)
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
    """True when the load holds every file that the query reads; never for people's acts."""
    if load.is_acts:
        return False
    views = offered(load, mapping_sql)
    return query.views <= set(views) and all(
        fnmatch.filter(views.values(), name) for _, name in query.files
    )


def refuse_unknown_inputs(
    queries: Iterable[Query], loads: Iterable[Load], mapping_sql: Mapping[str, str]
) -> None:
    """A view or file that no load ever offered is a misspelling, or lies elsewhere."""
    known: dict[str, str] = {}
    for load in loads:
        known |= offered(load, mapping_sql)
    for query in queries:
        for view in sorted(query.views - set(known)):
            raise BadInput(
                f"{query.name} reads landed.{view}, and no landed file gives that name"
                f"{suggestion(view, known)}. There are: "
                + ", ".join(f"landed.{name}" for name in sorted(known)[:40])
            )
        for _, name in query.files:
            if not fnmatch.filter(known.values(), name):
                raise BadInput(
                    f"{query.name} reads '{name}', which is no landed file"
                    f"{suggestion(name, known.values())}. A mapping can read the files of its own "
                    "load and nothing else."
                )


def refuse_scattered_inputs(
    queries: Iterable[Query], loads: Iterable[Load], mapping_sql: Mapping[str, str]
) -> None:
    """A query sees one load at a time: files that never lie together would make no row, silently.

    Whether each file exists at all was asked before.
    """
    loads = list(loads)
    for query in queries:
        if any(applies(query, load, mapping_sql) for load in loads):
            continue
        holders: dict[str, list[str]] = {}
        for load in loads:
            views = offered(load, mapping_sql)
            held = {f"landed.{view}": view in views for view in query.views} | {
                f"'{name}'": bool(fnmatch.filter(views.values(), name)) for _, name in query.files
            }
            for name, is_held in held.items():
                if is_held:
                    holders.setdefault(name, []).append(load.folder or f"load {load.number}")
        raise BadInput(
            f"{query.name} reads {' and '.join(sorted(holders))}, which never lie in one folder "
            "together, so it would run for no load. "
            + " ".join(f"{name} lies in {_shortened(holders[name])}." for name in sorted(holders))
            + " A mapping sees the files of one load: land them in one folder, or read what "
            "every folder has by a pattern (dbt_project/docs/company.md, mapping)."
        )


def _shortened(names: list[str], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


@contextlib.contextmanager
def running(query: Query, folder: Path | None = None) -> Iterator[None]:
    """Turn the engine's complaint into a message that names the mapping file."""
    try:
        yield
    except (duckdb.Error, pyarrow.ArrowException, OSError) as error:
        message = _own_words(query, error) or engine_message(error)
        message = message.replace(f"{folder}/", "") if folder else message
        lines = [line.strip() for line in message.split("\n") if line.strip()]
        raise BadInput(f"{query.name}: {' · '.join(lines[:4])}") from None


def _own_words(query: Query, error: Exception) -> str:
    """What the query's error() says by itself; what it adds from a row is left out."""
    calls = re.search(r"\berror\s*\(", query.sql, re.IGNORECASE)
    if not calls or not isinstance(error, duckdb.InvalidInputException):
        return ""
    said = str(error).removeprefix("Invalid Input Error: ")
    texts = [text.replace("''", "'") for text in re.findall(r"'((?:[^']|'')*)'", query.sql)]
    own = max((text for text in texts if said.startswith(text)), key=len, default="")
    return f"its error() says: {own}" + ("" if own == said else " …")


def _parse(
    connection: duckdb.DuckDBPyConnection, table: RawTable, sql: str, unstable: set[str]
) -> Query:
    query = Query(table, sql)
    with running(query):
        statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise BadInput(
            f"{query.name} must be exactly one SELECT (it may begin with WITH), and nothing else."
        )
    if statements[0].named_parameters:
        raise BadInput(f"{query.name}: there are no parameters ($1, ?) to fill.")
    plain = statements[0].query.strip().rstrip(";")
    ((tree,),) = connection.execute(
        "select json_serialize_sql(cast(? as varchar))", [plain]
    ).fetchall()
    serialized = json.loads(tree)
    if serialized["error"]:
        raise BadInput(f"{query.name} must be a SELECT over landed files.")
    views, files, calls = set(), [], set()
    for node, is_in_table_function in _nodes(serialized["statements"]):
        if node.get("type") == "BASE_TABLE" and node["schema_name"].lower() == "landed":
            views.add(node["table_name"].lower())
        elif node.get("type") == "BASE_TABLE" and _is_file_name(node["table_name"]):
            files.append((node["query_location"], node["table_name"]))
        elif node.get("type") == "VALUE_CONSTANT" and is_in_table_function:
            if _is_file_name(node["value"].get("value")):
                files.append((node["query_location"], node["value"]["value"]))
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
    return Query(table, plain, frozenset(views), tuple(files))


def _is_file_name(text: object) -> bool:
    return isinstance(text, str) and text.lower().endswith(SUFFIXES)


def _nodes(tree: object, is_in_table_function: bool = False) -> Iterator[tuple[dict, bool]]:
    if isinstance(tree, dict):
        is_in_table_function |= tree.get("type") == "TABLE_FUNCTION"
        yield tree, is_in_table_function
        for child in tree.values():
            yield from _nodes(child, is_in_table_function)
    elif isinstance(tree, list):
        for child in tree:
            yield from _nodes(child, is_in_table_function)


def offered(load: Load, mapping_sql: Mapping[str, str]) -> dict[str, str]:
    """The views of a load, with the path behind each."""
    views: dict[str, str] = {}
    for file in mapping_inputs(load, mapping_sql):
        path = load.path_inside(file)
        name = view_name(path)
        if name in views:
            raise BadInput(
                f"landed/{views[name]} and landed/{path} would both be landed.{name} for the "
                "mapping. Rename one."
            )
        views[name] = path
    return views
