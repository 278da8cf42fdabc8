"""A company's own SQL: one SELECT per raw table, read and checked here, run in the sandbox.

What depends on the clock or on chance is refused, for a replay must give the same rows.
"""

import contextlib
import fnmatch
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from orchestration.landing.formats import CSV, JSON, suffix_of
from orchestration.landing.loads import Load
from orchestration.landing.plan import mapping_inputs, stem_of, view_name
from orchestration.landing.reader import identifier

# Options by which a reader leaves out lines without counting them.
DROPPING = ("ignore_errors", "store_rejects", "rejects_table", "rejects_scan", "rejects_limit")
# Readers that guess types, and the options by which somebody states them.
CSV_READERS = ("read_csv", "read_csv_auto")
JSON_READERS = ("read_json", "read_json_auto", "read_ndjson", "read_ndjson_auto")
STATES_ALL_TYPES = ("all_varchar", "columns")
STATES_SOME_TYPES = ("types", "dtypes", "column_types")
FORMATS = {"dateformat": "DATE", "timestampformat": "TIMESTAMP"}
CLOCK_WORDS = {
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
}


@dataclass(frozen=True)
class Call:
    """A CSV file that a mapping reads by itself and whose types nobody stated, or not all."""

    start: int  # in the SQL's bytes
    end: int
    alias: str | None = None  # of a file named without a reader: what the engine calls it
    stated: frozenset[str] = frozenset()  # columns whose types are stated, in small letters
    first_stated: int = 0  # so many columns from the first have a type that is stated
    decimal: str | None = None
    formats: tuple[tuple[str, str], ...] = ()  # of dates and times, with the type that they give


@dataclass(frozen=True)
class Query:
    """One mapping file that has been read and found to be a single SELECT."""

    table: RawTable
    sql: str
    # Names of landed views, and file names (or patterns) with their place in the SQL's bytes.
    views: frozenset[str] = frozenset()
    files: tuple[tuple[int, str], ...] = ()
    calls: tuple[Call, ...] = ()
    # Columns that it names, in small letters, and `*` where it takes all.
    columns: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """What messages and raw rows call it."""
        return f"mapping/{self.table.name}.sql"

    def reading_from(self, folder: Path, typed: Callable[[str, Call], str]) -> str:
        """The SQL with its file names made absolute, so that the working folder plays no part.

        `typed` makes of a read_csv that states no types one that loses nothing.
        """
        sql = self.sql.encode()
        edits: list[tuple[int, int, bytes]] = []
        for place, name in self.files:
            written = next((form for form in _literals(name) if sql[place:].startswith(form)), None)
            if written is None:
                raise BadInput(f"{self.name}: write the file name plainly: '{name}'.")
            absolute = text_literal(folder / name).encode()
            edits.append((place, place + len(written), absolute))
        for call in self.calls:
            inside = [edit for edit in edits if call.start <= edit[0] < call.end]
            text = _edited(sql, inside, call.start, call.end).decode()
            if call.alias is not None:
                text = f"read_csv({text})"
            alias = f" as {identifier(call.alias)}" if call.alias else ""
            edits = [edit for edit in edits if edit not in inside]
            edits.append((call.start, call.end, f"{typed(text, call)}{alias}".encode()))
        return _edited(sql, edits, 0, len(sql)).decode()


def _edited(sql: bytes, edits: list[tuple[int, int, bytes]], start: int, end: int) -> bytes:
    """A part of a text, with some of its parts replaced."""
    pieces, place = [], start
    for first, last, new in sorted(edits):
        pieces += [sql[place:first], new]
        place = last
    return b"".join([*pieces, sql[place:end]])


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


def runs(
    queries: Iterable[Query], loads: Iterable[Load], mapping_sql: Mapping[str, str]
) -> dict[int, list[Query]]:
    """The queries that each load needs, by its number: those whose files are not as they were.

    As with files that are taken as they are (`plan`): of a state the same content twice is one
    snapshot, of an append table the same file is the same rows. So no row counts twice.
    """
    queries = list(queries)
    known: dict[str, dict[str, str]] = {}
    needed: dict[int, list[Query]] = {}
    for load in loads:
        needed[load.number] = []
        for query in queries:
            name = query.table.name
            if not applies(query, load, mapping_sql) or name in load.not_taken:
                continue
            before, now = known.get(name), _inputs(query, load, mapping_sql)
            is_new = (
                before != now if query.table.is_state else not now.items() <= (before or {}).items()
            )
            if is_new or before is None:
                needed[load.number].append(query)
            known[name] = now if query.table.is_state else (before or {}) | now
    return needed


def _inputs(query: Query, load: Load, mapping_sql: Mapping[str, str]) -> dict[str, str]:
    """What a query reads of a load: content by name; of an append table by the folder too."""
    views = offered(load, mapping_sql)
    read = {views[view] for view in query.views}
    read |= {path for _, name in query.files for path in fnmatch.filter(views.values(), name)}
    return {
        load.path_inside(file) if query.table.is_state else file.path: file.sha256
        for file in load.files
        if load.path_inside(file) in read
    }


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
    views, files, calls, columns = set(), [], set(), set()
    reads: list[Call] = []
    for node, is_in_table_function in _nodes(serialized["statements"]):
        if node.get("type") == "BASE_TABLE" and node["schema_name"].lower() == "landed":
            views.add(node["table_name"].lower())
        elif node.get("type") == "BASE_TABLE" and _is_file_name(node["table_name"]):
            place, name = node["query_location"], node["table_name"]
            files.append((place, name))
            if suffix_of(name) in JSON:
                raise BadInput(_guesses(query, f"'{name}'", view_name(name)))
            if suffix_of(name) in CSV:
                written = [f for f in _literals(name) if plain.encode()[place:].startswith(f)]
                alias = "" if node["alias"] else stem_of(name)
                end = place + len(written[0]) if written else place
                reads.append(Call(place, end, alias))
        elif node.get("type") == "TABLE_FUNCTION":
            read = _read(query, node["function"], plain)
            if read is not None:
                reads.append(read)
        elif node.get("type") == "VALUE_CONSTANT" and is_in_table_function:
            if _is_file_name(node["value"].get("value")):
                files.append((node["query_location"], node["value"]["value"]))
        elif node.get("class") == "FUNCTION":
            name = node["function_name"].lower()
            if name in unstable or (name == "age" and len(node["children"]) == 1):
                calls.add(name)
        elif node.get("class") == "COLUMN_REF":
            columns.add(node["column_names"][-1].lower())
            if len(node["column_names"]) == 1:
                calls |= {node["column_names"][0].lower()} & CLOCK_WORDS
        elif node.get("class") == "STAR":
            columns.add("*")
    if calls:
        raise BadInput(
            f"{query.name} uses {', '.join(sorted(calls))}: the result would differ from run to "
            "run. Take times from the landed files."
        )
    return Query(table, plain, frozenset(views), tuple(files), tuple(reads), frozenset(columns))


def _read(query: Query, function: dict, sql: str) -> Call | None:
    """A read_csv whose types are to be found; an option that drops rows is refused."""
    name = function["function_name"].lower()
    options = {}
    for child in function["children"]:
        if child["class"] == "COMPARISON" and child["left"]["class"] == "COLUMN_REF":
            options[child["left"]["column_names"][-1].lower()] = child["right"]
        elif child.get("alias"):
            options[child["alias"].lower()] = child
    for option, value in options.items():
        if option in DROPPING and not _is_false(value):
            raise BadInput(
                f"{query.name}: {name} may not have the option {option}, by which lines vanish "
                "uncounted. Take it out: a line that can't be read is then named, with what is "
                "wrong with it. Mend it in the file, or read it by the options delim, quote, "
                "escape, skip or null_padding."
            )
    if name in JSON_READERS and "columns" not in options:
        raise BadInput(_guesses(query, name, "<file>"))
    if name not in CSV_READERS or set(options) & set(STATES_ALL_TYPES):
        return None
    types = [options[each] for each in STATES_SOME_TYPES if each in options]
    listed = [child for each in types for child in each.get("children", ())]
    names = frozenset(child["alias"].lower() for child in listed if child.get("alias"))
    start = function["query_location"]
    return Call(
        start,
        _end_of_call(sql.encode(), start),
        stated=names,
        first_stated=0 if names else len(listed),
        decimal=_constant(options.get("decimal_separator")),
        formats=tuple(
            (text, kind) for each, kind in FORMATS.items() if (text := _constant(options.get(each)))
        ),
    )


def _constant(node: dict | None) -> str | None:
    return (node or {}).get("value", {}).get("value") or None


def _is_false(value: dict) -> bool:
    """An option that is switched off, as the parser writes it."""
    constant = value.get("child", value)
    return str(constant.get("value", {}).get("value", "")).lower() in ("f", "false", "0")


def _guesses(query: Query, what: str, view: str) -> str:
    return (
        f"{query.name}: {what} guesses types, and may lose something by it. Read the view "
        f"landed.{view}, or state the types: read_json('…', columns = {{id: 'VARCHAR'}})."
    )


def _end_of_call(sql: bytes, start: int) -> int:
    """Where the closing bracket of a function call stands, plus one."""
    depth, place = 0, start
    token = re.compile(rb"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|[()]", re.DOTALL)
    for found in token.finditer(sql, start):
        depth += {b"(": 1, b")": -1}.get(found[0], 0)
        place = found.end()
        if depth == 0 and found[0] == b")":
            break
    return place


def _is_file_name(text: object) -> bool:
    return isinstance(text, str) and bool(suffix_of(text))


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
