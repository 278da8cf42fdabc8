"""The raw tables as views of the loads' Parquet files.

Every declared column is text, as a CSV file would have it; where all files of a table hold a column
in one type that is read without loss, `<column>__typed` has it in that type too. Of a column with a
list of values `<column>__listed` has the one that was meant, null for none of them.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.base.lockdown import text_literal
from orchestration.company.listed import Values, as_listed
from orchestration.company.tables import COMMON_COLUMNS, Column, RawTable, raw_tables
from orchestration.landing import typed_text
from orchestration.landing.reader import NO_TEXT, identifier

TYPED = "__typed"
LISTED = "__listed"
STAMP = "_load_number integer, _loaded_at timestamp, _file varchar, _line bigint"


@dataclass(frozen=True)
class TableFile:
    """One Parquet file of a raw table; `landed_file` where it is the archive's own."""

    load_number: int
    path: str
    landed_file: str | None
    loaded_at: str
    types: dict[str, str]
    plain: dict[str, str]


def write_views(connection: duckdb.DuckDBPyConnection, home: Path, values: Values) -> None:
    """Make a view of every raw table; `home` is the company's state, from which paths count.

    `values` is what company.yml says of listed values.
    """
    files: dict[str, list[TableFile]] = defaultdict(list)
    for table, number, path, landed_file, loaded_at, types, plain in connection.execute(
        "select table_name, load_number, path, landed_file, loaded_at, types, plain "
        "from raw.table_files order by table_name, load_number, path"
    ).fetchall():
        files[table].append(
            TableFile(number, path, landed_file, loaded_at, json.loads(types), json.loads(plain))
        )
    for name, table in raw_tables().items():
        listed = "".join(f", {sql} as {each}" for each, sql in listed_ones(table, values).items())
        connection.execute(
            f"create or replace view raw.{identifier(name)} as "
            f"select *{listed} from ({_view(table, files[name], home)})"
        )


def listed_ones(table: RawTable, values: Values) -> dict[str, str]:
    """The further columns of a raw table with listed values, as SQL by their names."""
    return {
        identifier(column.name + LISTED): as_listed(
            identifier(column.name), table.name, column, values
        )
        for column in table.listed_columns
    }


def key_columns(table: RawTable) -> list[str]:
    """The columns of a raw table by which its rows are told apart."""
    listed = {column.name for column in table.listed_columns}
    return [identifier(name + (LISTED if name in listed else "")) for name in table.key]


def typed_columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a raw table that are there typed as well, with their types."""
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where schema_name = 'raw' and table_name = ? and ends_with(column_name, ?)",
        [table, TYPED],
    ).fetchall()
    return {name.removesuffix(TYPED): kind for name, kind in rows}


def folders_in_use(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The folders, from the company's state, that the files of a build lie in."""
    rows = connection.execute("select distinct path from raw.table_files").fetchall()
    return {str(Path(path).parent) for (path,) in rows}


def _view(table: RawTable, files: list[TableFile], home: Path) -> str:
    typed = _typed_columns(table, files)
    if not files:
        return f"{_select(table, {}, {}, typed, None)} where false"
    alike: dict[str, list[TableFile]] = defaultdict(list)
    for number, file in enumerate(files):
        key = json.dumps(file.types) if file.landed_file is None else str(number)
        alike[key].append(file)
    parts = []
    for group in alike.values():
        first = group[0]
        paths = ", ".join(text_literal((home / file.path).resolve()) for file in group)
        if first.landed_file is None:
            source = f"read_parquet([{paths}])"
        else:
            source = f"read_parquet([{paths}], file_row_number = true)"
        parts.append(f"{_select(table, first.types, first.plain, typed, first)} from {source}")
    return " union all ".join(parts)


def _typed_columns(table: RawTable, files: list[TableFile]) -> dict[str, str]:
    """Columns that every file that has them holds in one and the same type, which is kept."""
    found = {}
    for column in table.readable_columns:
        kinds = {file.types.get(column.name) for file in files if _has(file, column.name)} - {""}
        kind = kinds.pop() if len(kinds) == 1 else None
        if kind and typed_text.is_kept(kind, column):
            found[column.name] = kind
    return found


def _has(file: TableFile, column: str) -> bool:
    """A file of our own has every column, as text where it came without."""
    return file.landed_file is None or column in file.plain


def _select(
    table: RawTable,
    types: dict[str, str],
    plain: dict[str, str],
    typed: dict[str, str],
    file: TableFile | None,
) -> str:
    is_ours = file is None or file.landed_file is None

    def value(column: Column) -> str | None:
        if file is None:
            return None
        return identifier(column.name) if is_ours else plain.get(column.name)

    def text(column: Column) -> str:
        spelled = value(column)
        if spelled is None:
            return NO_TEXT
        kind = types.get(column.name, "VARCHAR")
        return spelled if kind in ("", "VARCHAR") else typed_text.as_text(spelled, kind, column)

    own = [f"{text(c)} as {identifier(c.name)}" for c in table.columns]
    common = [f"{text(c)} as {c.name}" for c in table.readable_columns if c.name in COMMON_COLUMNS]
    if is_ours and file is not None:
        stamp = ["_load_number", "_loaded_at", "_file", "_line"]
    elif file is not None:
        stamp = [
            f"cast({file.load_number} as integer) as _load_number",
            f"timestamp '{file.loaded_at}' as _loaded_at",
            f"{text_literal(file.landed_file or '')} as _file",
            "cast(file_row_number + 1 as bigint) as _line",
        ]
    else:
        stamp = [
            f"cast(null as {kind}) as {name}"
            for name, kind in (part.split() for part in STAMP.split(", "))
        ]
    typed_ones = [
        f"{value(c) or 'null'}::{typed[c.name]} as {identifier(c.name + TYPED)}"
        for c in table.readable_columns
        if c.name in typed
    ]
    return f"select {', '.join([*own, *stamp, *common, *typed_ones])}"
