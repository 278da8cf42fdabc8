"""Dates that nobody can read, because company.yml does not say how they are written.

The refusal is about a column: more than half of its filled values look like dates and are not ISO,
after everything was read that `reading:` states. Single values are staging's to judge.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

import duckdb

from orchestration.base.lockdown import shut_in
from orchestration.company.reading import DATES, DateForm, Reading
from orchestration.company.tables import RawTable
from orchestration.landing.habits import iso_text, looks_unread
from orchestration.landing.reader import Source, connect, identifier

# Numbers fit every form; so many digits are meant to be one of them.
_DIGITS = {"epoch_s": r"\d{10}(\.\d+)?", "epoch_ms": r"\d{13}", "excel": r"\d{5}(\.\d+)?"}


@dataclass(frozen=True)
class Column:
    """A column whose dates can't be read: where it stands, and what company.yml can call it."""

    place: str  # the file, and how it gets to the raw table
    name: str
    key: str  # of `reading: columns:`
    count: int
    values: int
    examples: tuple[str, ...]


def judged(source: Source, table: RawTable) -> list[str]:
    """The columns of a raw table that hold dates, and hold them as text."""
    kept = source.kept_types(table)
    return [
        column.name
        for column in table.readable_columns
        if column.data_type in DATES and column.name in source.expressions
        if column.name not in kept
    ]


def is_unread(values: int, unread: int) -> bool:
    """True for a column that must be refused."""
    return 2 * unread > values


def measures(columns: Iterable[str]) -> list[str]:
    """SQL: how many values each column has, and how many of them can't be read."""
    return [
        measure
        for name in map(identifier, columns)
        for measure in (f"count({name})", f"count(*) filter (where {looks_unread(name)})")
    ]


def found(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: list[str]
) -> dict[str, tuple[int, int]]:
    """The columns of a relation that must be refused: their values, and those unread."""
    if not columns:
        return {}
    row = connection.execute(f"select {', '.join(measures(columns))} from {relation}").fetchall()[0]
    pairs = zip(columns, zip(row[::2], row[1::2], strict=True), strict=True)
    return {name: pair for name, pair in pairs if is_unread(*pair)}


def examples(connection: duckdb.DuckDBPyConnection, relation: str, column: str) -> tuple[str, ...]:
    """Three values that can't be read: the first, the last and one between, in order."""
    name = identifier(column)
    rows = connection.execute(
        f"select distinct {name} as value from {relation} where {looks_unread(name)} order by 1"
    ).fetchall()
    texts = [row[0] for row in rows]
    return tuple(dict.fromkeys([*texts[:1], *texts[len(texts) // 2 :][:1], *texts[-1:]]))


def message(column: Column, reading: Reading) -> str:
    """What stands where, how it could be read, and the line for company.yml."""
    readings = {value: _readings(value) for value in column.examples}
    shown = "; ".join(_shown(value, forms) for value, forms in readings.items())
    fitting = [
        form for form in get_args(DateForm) if all(form in forms for forms in readings.values())
    ] or list(dict.fromkeys(form for forms in readings.values() for form in forms))
    stated = "says another form" if reading.dates else "does not say how they are written"
    head = (
        f"{column.place}: the dates in the column `{column.name}` are not ISO, and company.yml "
        f"{stated} ({column.count} of {column.values} values): {shown}."
    )
    if not fitting:
        return f"{head} Read them in a mapping, by strptime with their format."
    others = f"   # or {', '.join(fitting[1:])}" if fitting[1:] else ""
    return f"{head} Add to company.yml{_line(column.key, fitting[0], reading)}{others}"


def _line(key: str, form: str, reading: Reading) -> str:
    spelled = key if re.fullmatch(r"\w[\w .-]*\w", key) else json.dumps(key, ensure_ascii=False)
    entry = f"{spelled}: {{dates: {form}}}"
    if reading.columns:
        return f", under `reading: columns:`:\n    {entry}"
    if reading.model_fields_set:
        return f", under `reading:`:\n  columns: {{{entry}}}"
    return f":\nreading: {{columns: {{{entry}}}}}"


def _readings(value: str) -> dict[str, str]:
    """What a value would be by each form."""
    found = {}
    with connect() as connection:
        shut_in(connection)
        for form in get_args(DateForm):
            if form in _DIGITS and not re.fullmatch(_DIGITS[form], value.strip()):
                continue
            text = connection.execute(
                f"select {iso_text('value', form)} from (select cast(? as varchar) as value)",
                [value],
            ).fetchall()[0][0]
            if text != value:
                found[form] = text.removesuffix("T00:00:00+00:00")
    return found


def _shown(value: str, forms: dict[str, str]) -> str:
    could = [f"{text} ({form})" for form, text in forms.items()]
    return f"`{value}` could be {' or '.join(could)}" if could else f"`{value}`"
