"""Two published versions, cell by cell: which tables differ, in which rows, of which histories."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

HISTORY = re.compile(r"\bh\d{4}")
DATABASE = "customer_health.duckdb"
# The log of refreshes tells them apart, and the ledger says what each of them showed.
OF_THE_RUN = ("refresh_log", "fct_published_scores")
EXAMPLES = 4


@dataclass
class Difference:
    """What differs in one table of one way to refresh."""

    way: str
    table: str
    about: str
    histories: set[str]
    examples: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        numbers = ", ".join(sorted(self.histories)[:5]) or "the company"
        lines = [f"{self.way}: {self.table}: {self.about} ({numbers})", *self.examples]
        return "\n      ".join(lines)


def differences(way: str, found: Path, wanted: Path) -> list[Difference]:
    """Rows that only one of the two has, for every table of the marts, compared both ways."""
    with duckdb.connect() as connection:
        for name, folder in (("found", found), ("wanted", wanted)):
            connection.execute(f"attach '{folder / DATABASE}' as {name} (read_only)")
        tables = {name: _tables(connection, name) for name in ("found", "wanted")}
        result = []
        if tables["found"] != tables["wanted"]:
            odd = sorted(tables["found"] ^ tables["wanted"])
            result.append(Difference(way, ", ".join(odd), "is not in both", {""}))
        for table in sorted(tables["found"] & tables["wanted"] - set(OF_THE_RUN)):
            compared = _compare(connection, way, table)
            if compared:
                result.append(compared)
        return result


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> set[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ?", [database]
    )
    return {name for (name,) in rows.fetchall()}


def _compare(connection: duckdb.DuckDBPyConnection, way: str, table: str) -> Difference | None:
    columns = [
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() "
            "where database_name = 'wanted' and table_name = ? order by column_index",
            [table],
        ).fetchall()
    ]
    shown = [_shown(table, name, way) for name in columns if name != "refresh_id"]
    only = {}
    for here, there in (("found", "wanted"), ("wanted", "found")):
        parts = [
            f"select {', '.join(shown)} from {name}.marts.{table} {_newest(table, name)}"
            for name in (here, there)
        ]
        only[here] = connection.execute(f"{parts[0]} except all {parts[1]}").fetchall()
    if not any(only.values()):
        return None
    rows = [*only["found"], *only["wanted"]]
    places = [place for place, name in enumerate(shown) if "account" in name or "row_key" in name]
    numbers = {_history(row, places) for row in rows}
    names = [name for name in columns if name != "refresh_id"]
    examples = [
        f"{side}: " + _difference_in_words(names, row, only[other])
        for side, other in (("found", "wanted"), ("wanted", "found"))
        for row in sorted(only[side], key=str)[:EXAMPLES]
    ]
    about = f"{len(only['found'])} rows instead of {len(only['wanted'])}"
    return Difference(way, table, about, numbers, examples)


def _shown(table: str, column: str, way: str) -> str:
    """A row without a key is named by its place, which another order changes."""
    if way == "permuted" and table == "quality_quarantine" and column == "row_key":
        return "regexp_replace(row_key, '^.*csv:[0-9]+$', '(its place)') as row_key"
    return f'"{column}"'


def _newest(table: str, database: str) -> str:
    """Of what is kept from refresh to refresh, the last one's rows."""
    if table != "quality_sources":
        return ""
    return (
        f"where refresh_id = (select refresh_id from {database}.marts.refresh_log "
        "order by started_at desc, refresh_id desc limit 1)"
    )


def _history(row: tuple, places: list[int]) -> str:
    for place in places:
        match = HISTORY.search(str(row[place]))
        if match:
            return match.group()
    return ""


def _difference_in_words(names: list[str], row: tuple, others: list[tuple]) -> str:
    """The row's key, and the columns in which it differs from the nearest row of the other side."""
    nearest = max(
        others,
        key=lambda other: sum(a == b for a, b in zip(row, other, strict=True)),
        default=None,
    )
    key = [f"{name}={value}" for name, value in list(zip(names, row, strict=True))[:3]]
    if nearest is None:
        return " ".join(key)
    changed = [
        f"{name}={value} (not {other})"
        for name, value, other in zip(names, row, nearest, strict=True)
        if value != other
    ]
    return " ".join([*key, "|", *changed[:6]])


def different_files(way: str, found: Path, wanted: Path) -> list[Difference]:
    """Parquet files that are not equal to the byte."""
    folders = (found / "parquet", wanted / "parquet")
    names = {
        path.relative_to(folder).as_posix()
        for folder in folders
        for path in folder.rglob("*.parquet")
    }
    differing = [
        name
        for name in sorted(names)
        if not name.startswith(("refresh_log", "quality_sources"))
        and _bytes(folders[0] / name) != _bytes(folders[1] / name)
    ]
    if not differing:
        return []
    return [Difference(way, "parquet", f"{len(differing)} files differ", {""}, differing[:6])]


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
