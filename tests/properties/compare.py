"""Two published versions, cell by cell: which tables differ, in which rows, of which histories."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

HISTORY = re.compile(r"\bh\d{4}")
DATABASE = "customer_health.duckdb"
# The log of refreshes tells them apart, and the ledger says what each of them showed, and when
# calls to action opened for readers.
OF_THE_RUN = ("refresh_log", "fct_published_scores")
OF_THE_RUN += ("fct_ctas", "fct_cta_steps", "fct_risk_review")
# Which refresh it was, and what readers were shown before it.
OF_THE_LEDGER = ("refresh_id", "restated_points", "sentence")
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
    names = [name for name in columns if name not in OF_THE_LEDGER]
    shown = [_shown(table, name, way) for name in names]
    only = {}
    for here, there in (("found", "wanted"), ("wanted", "found")):
        parts = [
            f"select {', '.join(shown)} from {name}.marts.{table} {_comparable(table, name)}"
            for name in (here, there)
        ]
        only[here] = connection.execute(f"{parts[0]} except all {parts[1]}").fetchall()
    if not any(only.values()):
        return None
    rows = [*only["found"], *only["wanted"]]
    places = [place for place, name in enumerate(shown) if "account" in name or "row_key" in name]
    numbers = {_history(row, places) for row in rows}
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


def bridge_gaps(folder: Path) -> list[Difference]:
    """Changes of a published version whose causes don't sum to them, to 1e-9."""
    with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
        rows = connection.execute(
            "select account_id, as_of_date, score_change, points "
            "from marts.fct_score_change_totals left join ("
            "    select account_id, as_of_date, sum(points) as points "
            "    from marts.fct_score_changes group by all"
            ") using (account_id, as_of_date) "
            "where abs(score_change - coalesce(points, 0)) >= 1e-9"
        ).fetchall()
    if not rows:
        return []
    numbers = {_history(row, [0]) for row in rows}
    about = f"{len(rows)} changes are not the sum of their causes"
    return [Difference("bridge", "fct_score_changes", about, numbers, [str(rows[0])])]


def _comparable(table: str, database: str) -> str:
    """Of what is kept from refresh to refresh, the last one's rows."""
    if table != "quality_sources":
        return ""
    return (
        f"where refresh_id = (select refresh_id from {database}.marts.refresh_log "
        "order by ended_at desc limit 1)"  # several may have begun in one second
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


def parquet_gaps(version: Path) -> list[Difference]:
    """Tables whose Parquet does not hold the rows of the version's database."""
    differing = []
    with duckdb.connect(str(version / "customer_health.duckdb"), read_only=True) as connection:
        for folder in sorted((version / "parquet").iterdir()):
            table = f"marts.{folder.name}"
            files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
            names = ", ".join(
                f'"{row[0]}"' for row in connection.execute(f"describe {table}").fetchall()
            )
            rows = [f"select {names} from {one}" for one in (table, files)]
            found = connection.execute(
                f"select count(*) from (({rows[0]} except all {rows[1]}) "
                f"union all ({rows[1]} except all {rows[0]}))"
            ).fetchone()
            if found != (0,):
                differing.append(folder.name)
    if not differing:
        return []
    return [Difference("parquet", "parquet", f"{', '.join(differing)} differ", {""}, differing)]


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
