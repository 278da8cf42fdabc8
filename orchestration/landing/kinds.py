"""A value gets a type only where nothing is lost: what the values of a text column all are.

A kind is the SQL type from which every value can be written back, or TEXT. A column's span, the
least and the greatest kind of its values by name, is what its files are united by: a column of two
kinds is text.
"""

from collections.abc import Iterable, Mapping

import duckdb

from orchestration.landing.habits import plain_number
from orchestration.landing.reader import identifier

Span = tuple[str, str]  # least and greatest kind

TEXT = "text"  # after all types, which are in capitals
SAMPLE_ROWS = 10_000
# One spelling of a truth value: `True` beside `true` could not be written back.
_BOOLEANS = {"BOOLEAN": "true", "BOOLEAN (True)": "True", "BOOLEAN (TRUE)": "TRUE"}
_FALSE = {"true": "false", "True": "False", "TRUE": "FALSE"}
# Room before the point: what money and decimal numbers of the raw tables have, or less.
_DIGITS_BEFORE = 12

_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = r"[T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?"
_ZONE = r"(Z|[+-]\d{2}(:?\d{2})?)"
# Midnight of another zone than UTC is a day, which a moment would lose.
_FOREIGN_MIDNIGHT = r".*[T ]00:00:00(\.0+)?([+-](0[1-9]|1\d)(:?\d{2})?|[+-]00:?[1-9]\d)"


def kind(value: str, decimal: str | None) -> str:
    """SQL: the kind of one text, null for null; `decimal` is the company's sign."""
    point = decimal or "."
    grouped = r"|-?[1-9]\d{0,2}(\.\d{3}){1,3},\d{1,18}" if point == "," else ""
    number = rf"-?(0|[1-9]\d{{0,{_DIGITS_BEFORE - 1}}})[{point}]\d{{1,18}}{grouped}"
    booleans = " ".join(
        f"when {value} in ('{true}', '{_FALSE[true]}') then '{name}'"
        for name, true in _BOOLEANS.items()
    )
    return (
        f"case when {value} is null then null "
        f"when regexp_full_match({value}, '0|-?[1-9]\\d{{0,17}}') then 'BIGINT' "
        f"when regexp_full_match({value}, '{number}') "
        f"then case when regexp_full_match({value}, '-[0.,]+') then '{TEXT}' "
        f"else 'DECIMAL(' || ({_DIGITS_BEFORE} + strlen(split_part({value}, '{point}', 2))) || ',' "
        f"|| strlen(split_part({value}, '{point}', 2)) || ')' end "
        f"when regexp_full_match({value}, '{_DATE}') and try_cast({value} as date) is not null "
        "then 'DATE' "
        f"when regexp_full_match({value}, '{_DATE}{_TIME}') "
        f"and try_cast({value} as timestamp) is not null then 'TIMESTAMP' "
        f"when regexp_full_match({value}, '{_DATE}{_TIME}{_ZONE}') "
        f"and not regexp_full_match({value}, '{_FOREIGN_MIDNIGHT}') "
        f"and try_cast({value} as timestamptz) is not null then 'TIMESTAMP WITH TIME ZONE' "
        f"{booleans} else '{TEXT}' end"
    )


def spans(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    decimal: str | None = None,
) -> dict[str, Span]:
    """The span of each column that holds a value; `columns` are names with SQL that is text.

    Most columns are text after a few rows: only the others are read to the end.
    """
    found = _spans(connection, f"(from {relation} limit {SAMPLE_ROWS})", columns, decimal)
    unsure = {name: sql for name, sql in columns.items() if found.get(name, ("", ""))[1] != TEXT}
    return found | _spans(connection, relation, unsure, decimal)


def _spans(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    decimal: str | None,
) -> dict[str, Span]:
    if not columns:
        return {}
    of_rows = ", ".join(
        f"{kind(f'({sql})', decimal)} as k{number}" for number, sql in enumerate(columns.values())
    )
    measures = ", ".join(f"min(k{number}), max(k{number})" for number in range(len(columns)))
    row = connection.execute(
        f"select {measures} from (select {of_rows} from {relation} as landed_text)"
    ).fetchall()[0]
    pairs = zip(columns, zip(row[::2], row[1::2], strict=True), strict=True)
    return {name: pair for name, pair in pairs if pair[0] is not None}


def united(parts: Iterable[Span | None]) -> Span | None:
    """The span of a column over several files; None where none of them holds a value."""
    spread = [part for part in parts if part]
    if not spread:
        return None
    return min(low for low, _ in spread), max(high for _, high in spread)


def data_type(span: Span | None, *, is_stated: bool = False) -> str | None:
    """The SQL type of a column, None for text; `is_stated`: company.yml says how its dates look."""
    if span is None:
        return None
    low, high = span
    if is_stated and span == ("DATE", "TIMESTAMP"):
        return "TIMESTAMP"
    if low != high or low == TEXT:
        return None
    return "BOOLEAN" if low in _BOOLEANS else low


def typed(value: str, kind_of_column: str | None, decimal: str | None = None) -> str:
    """SQL: a text as a value of its column's type."""
    if kind_of_column is None:
        return value
    if decimal and kind_of_column.startswith("DECIMAL"):
        value = plain_number(value, decimal)
    return f"cast({value} as {kind_of_column})"


def select_list(
    columns: Mapping[str, str], types: Mapping[str, str | None], decimal: str | None
) -> str:
    """All columns under their names, each in its type."""
    return ", ".join(
        f"{typed(f'({sql})', types.get(name), decimal)} as {identifier(name)}"
        for name, sql in columns.items()
    )
