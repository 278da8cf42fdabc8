"""One landed file as a relation of text columns, whatever its format."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from orchestration.base import files
from orchestration.base.errors import BadInput, HealthError
from orchestration.base.lockdown import CONFIG, text_literal
from orchestration.base.masking import engine_message
from orchestration.company.reading import Reading
from orchestration.company.tables import COMMON_COLUMNS, RawTable
from orchestration.landing import csv_files, typed_text
from orchestration.landing.csv_files import CsvFile, Malformed
from orchestration.landing.formats import JSON, PARQUET, suffix_of
from orchestration.landing.habits import as_read

NO_TEXT = "cast(null as varchar)"


@dataclass(frozen=True)
class Source:
    """What a file offers for a raw table."""

    relation: str
    # SQL per declared column (lower case) that the file has, always text.
    expressions: dict[str, str]
    column_names: tuple[str, ...]
    line: str
    csv: CsvFile | None = None
    # Parquet whose values are kept as they are; other files are always copied.
    is_as_landed: bool = False
    # The type of each declared column that the file has, by its name; of CSV there is none.
    types: Mapping[str, str] = field(default_factory=dict)
    # SQL per declared column as the file has it.
    plain: Mapping[str, str] = field(default_factory=dict)

    def kept_types(self, table: RawTable) -> dict[str, str]:
        """Columns that need not become text to be kept, with their types."""
        return {
            column.name: self.types[column.name]
            for column in table.readable_columns
            if column.name in self.types and typed_text.is_kept(self.types[column.name], column)
        }

    def absent(self, table: RawTable) -> dict[str, str]:
        """Declared columns that the file has not, without a type."""
        return {c.name: "" for c in table.readable_columns if c.name not in self.expressions}

    def kept_list(self, table: RawTable) -> str:
        """Every readable column as it is kept: typed where that loses nothing, else as text."""
        kept = self.kept_types(table)
        return ", ".join(
            f"{self.plain[c.name] if c.name in kept else self.expressions.get(c.name, NO_TEXT)} as "
            f"{identifier(c.name)}"
            for c in table.readable_columns
        )

    def select_list(self, table: RawTable) -> str:
        """Every readable column of the table, null where the file has none."""
        return ", ".join(
            f"{self.expressions.get(column.name, NO_TEXT)} as {identifier(column.name)}"
            for column in table.readable_columns
        )

    @property
    def columns_in_words(self) -> str:
        """Its columns for a message; a name that stands twice may be a person's, in a row."""
        names = [name for name in self.column_names if name]
        if len({name.lower() for name in names}) < len(names):
            return f"{len(names)} columns, not shown: one stands twice, so they may be a row"
        return ", ".join(names[:40])

    def extra_columns(self, table: RawTable) -> list[str]:
        """Columns that nobody declared."""
        declared = {column.name for column in table.readable_columns}
        return [name for name in self.column_names if name and name.lower() not in declared]


@dataclass(frozen=True)
class Inserted:
    """What became of a file's lines."""

    row_count: int
    malformed: list[Malformed]


def identifier(name: str) -> str:
    """A quoted SQL name."""
    return '"' + name.replace('"', '""') + '"'


def connect(file: Path | None = None, memory_limit: str = "") -> duckdb.DuckDBPyConnection:
    """A connection that reads files as they are: UTC, no extension, no Python variable as table.

    Whoever takes one shuts it in (`lockdown.shut_in`) before it reads what was landed.
    """
    limit = {"memory_limit": memory_limit} if memory_limit else {}
    connection = duckdb.connect(str(file) if file else ":memory:", config={**CONFIG, **limit})
    connection.execute("set TimeZone = 'UTC'")
    return connection


def open_source(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    table: RawTable,
    *,
    habits: Reading,
    scratch: Path,
) -> Source:
    """Find out how a file is to be read. `name` is what messages call it; its ending counts.

    `habits` are what company.yml says of how its systems write.
    """
    suffix = suffix_of(name)
    if suffix in PARQUET:
        return _parquet_source(connection, path, name, table, habits, scratch)
    if suffix in JSON:
        return _json_source(connection, path, name, table, habits, scratch)
    known = tuple(column.name for column in table.readable_columns)
    return csv_source(csv_files.open_csv(path, name, scratch, known), table, habits)


def csv_source(file: CsvFile, table: RawTable, habits: Reading) -> Source:
    """The relation of a CSV file that has been opened."""
    declared = {column.name: column for column in table.readable_columns}
    expressions = {
        column.lower(): as_read(f"c{number}", declared[column.lower()], habits, table.name)
        for number, column in enumerate(file.header)
        if column.lower() in declared
    }
    line = "line" if file.is_rewritten else "row_number() over () + 1"
    return Source(file.relation(), expressions, file.header, line, file)


def _json_source(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    table: RawTable,
    habits: Reading,
    scratch: Path,
) -> Source:
    relation, texts = json_text(connection, path, name, scratch)
    declared = {column.name: column for column in table.readable_columns}
    expressions = {
        key.lower(): as_read(f"({sql})", declared[key.lower()], habits, table.name)
        for key, sql in texts.items()
        if key.lower() in declared
    }
    return Source(relation, expressions, tuple(texts), "row_number() over ()")


def json_text(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, scratch: Path
) -> tuple[str, dict[str, str]]:
    """A relation of JSON records, and SQL that is text for each of their keys."""
    form = "auto" if suffix_of(name) == ".json" else "newline_delimited"
    relation = (
        f"read_json({text_literal(plain_path(path, scratch))}, format = '{form}', "
        "maximum_depth = 1, sample_size = -1, union_by_name = true)"
    )
    with reading(name):
        described = connection.execute(f"describe select * from {relation}").fetchall()
    keys = [row[0] for row in described]
    return relation, {key: f"nullif({identifier(key)} ->> '$', '')" for key in keys}


def plain_path(path: Path, scratch: Path) -> Path:
    """A path that DuckDB does not take for a pattern."""
    if not any(sign in str(path) for sign in "*?["):
        return path
    plain = scratch / f"plain_{len(list(scratch.iterdir()))}{path.suffix}"
    plain.symlink_to(path.resolve())
    return plain


def _parquet_source(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    table: RawTable,
    habits: Reading,
    scratch: Path,
) -> Source:
    relation = f"read_parquet({text_literal(plain_path(path, scratch))}, file_row_number = true)"
    with reading(name):
        described = connection.execute(f"describe select * from {relation}").fetchall()
    types = {row[0]: row[1] for row in described if row[0] != "file_row_number"}
    expressions = text_expressions(types, name, table, habits)
    return Source(
        relation,
        expressions,
        tuple(types),
        "file_row_number + 1",
        types={name.lower(): kind for name, kind in types.items()},
        plain={name.lower(): identifier(name) for name in types},
        is_as_landed=expressions == text_expressions(types, name, table, Reading()),
    )


def text_expressions(
    types: dict[str, str], name: str, table: RawTable, habits: Reading
) -> dict[str, str]:
    """SQL per declared column that casts it to text; a type that can't be is refused."""
    declared = {column.name: column for column in table.readable_columns}
    problems, expressions = [], {}
    for column_name, data_type in types.items():
        column = declared.get(column_name.lower())
        if column is None:
            continue
        if not typed_text.is_readable(data_type):
            problems.append(
                f"{name}: the column `{column_name}` has the type {data_type}, where "
                f"{column.data_type} is expected. Write it as a plain value."
            )
            continue
        text = typed_text.as_text(identifier(column_name), data_type, column)
        if typed_text.may_be_spelled(data_type, column):
            text = as_read(f"({text})", column, habits, table.name)
        expressions[column.name] = text
    if problems:
        raise BadInput("\n".join(problems))
    return expressions


@contextlib.contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn the engine's complaint about a file into a message that names the file."""
    try:
        yield
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) or files.explain(error):
            raise
        raise BadInput(
            f"{name} can't be read: {first_sentence(error)}. Was it cut while it was copied? "
            "Export it again."
        ) from None


@contextlib.contextmanager
def writing_database(file: Path) -> Iterator[None]:
    """Turn the engine's trouble with its own file into a message that says what to do."""
    try:
        yield
    except duckdb.Error as error:
        raise files.explain(error) or HealthError(
            f"{file} can't be written: {first_sentence(error)}. What readers see was not "
            "changed. Make sure that the disk has space and is writable, then run again."
        ) from None


def first_sentence(error: duckdb.Error) -> str:
    """An engine's message without the file's content, which may be personal."""
    return engine_message(error).split("\n")[0].rstrip(".")


def insert_source(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    table: RawTable,
    stamp: tuple,
    relation: str,
) -> Inserted:
    """Append a CSV file's rows to `relation`; `stamp` is (load number, loaded at, file)."""
    own = ", ".join(identifier(column.name) for column in table.columns)
    row_count = connection.execute(
        f"insert into {relation} "
        f"select {own}, ?, ?, ?, line_in_file, {', '.join(COMMON_COLUMNS)} from ("
        f"select {source.select_list(table)}, {source.line} as line_in_file "
        f"from {source.relation})",
        list(stamp),
    ).fetchall()[0][0]
    if source.csv is None:
        return Inserted(row_count, [])
    rejects = csv_files.take_rejects(connection)
    if source.csv.malformed is not None:
        return Inserted(row_count, list(source.csv.malformed) + rejects)
    _count_rejects_into_lines(connection, relation, rejects)
    return Inserted(row_count, rejects)


def _count_rejects_into_lines(
    connection: duckdb.DuckDBPyConnection, relation: str, rejects: list[Malformed]
) -> None:
    """Rows were numbered without the rejected lines; move those behind them on.

    Of n rejected lines, the rows after the i-th (sorted) have i lines too few.
    """
    if not rejects:
        return
    starts: dict[int, int] = {}
    for shift, reject in enumerate(sorted(rejects, key=lambda each: each.line), start=1):
        starts[reject.line - shift + 1] = shift
    bounds = [*list(starts)[1:], 2**62]
    connection.execute(
        "create temp table line_shifts as "
        "select unnest(?) as first, unnest(?) - 1 as last, unnest(?) as shift",
        [list(starts), bounds, list(starts.values())],
    )
    connection.execute(
        f"update {relation} as rows set _line = _line + shift from line_shifts "
        "where _line between first and last"
    )
    connection.execute("drop table line_shifts")
