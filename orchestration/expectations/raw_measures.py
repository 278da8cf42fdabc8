"""What DuckDB measures of one raw table: aggregates alone; of values only what no list has."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb

from orchestration.base.masking import without_emails
from orchestration.company.tables import COMMON_COLUMNS, RawTable
from orchestration.landing import moments
from orchestration.landing.raw_views import LISTED, TYPED, typed_columns
from orchestration.landing.reader import identifier

NUMERIC = ("integer", "bigint", "decimal", "money", "rate")
QUANTILES = {"median": 0.5, "p90": 0.9}
# Quantiles of more rows are those of so many, taken evenly by their lines.
MOST_SORTED = 1_000_000
# Columns whose mix of values says what is used, and how.
MIXED = {"usage_events": ("module", "action"), "usage_daily": ("module",)}
MIX_SIZE = 30  # values that are told apart; the rest is one
BOOKKEEPING = ("_load_number", "_loaded_at", "_file", "_line")


@dataclass(frozen=True)
class Snapshot:
    """Rows that one load brought of a table."""

    load: int
    rows: int


@dataclass
class RawMeasures:
    """One raw table as it stands in the build file."""

    table: RawTable
    columns: tuple[str, ...]
    expected_columns: tuple[str, ...]
    rows: int = 0  # in the newest snapshot; of an append table all
    snapshots: list[Snapshot] = field(default_factory=list)
    newest: date | None = None  # day of the newest thing that happened
    new_columns: tuple[str, ...] = ()
    # Of the newest snapshot, or of what an append table got since the last published refresh.
    measured_rows: int = 0
    null_ratios: dict[str, float] = field(default_factory=dict)
    filled: dict[str, int] = field(default_factory=dict)
    quantiles: dict[str, dict[str, float]] = field(default_factory=dict)
    mixes: dict[str, dict[str, float]] = field(default_factory=dict)
    # of columns with a list: values that it has not, with their rows, the most first
    unlisted: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


def measure(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    zone: str,
    run_date: date,
    published_load: int,
) -> RawMeasures:
    """Measure a table. Any error is the caller's to take for a failed check."""
    own = tuple(column.name for column in table.columns)
    found = connection.execute(
        "select column_name from information_schema.columns "
        "where table_schema = 'raw' and table_name = ? order by ordinal_position",
        [table.name],
    ).fetchall()
    measures = RawMeasures(
        table,
        tuple(name for (name,) in found if not name.endswith((TYPED, LISTED))),
        (*own, *BOOKKEEPING, *COMMON_COLUMNS),
    )
    if set(measures.columns) != set(measures.expected_columns):
        return measures  # the check of the columns fails; the rest could not be read
    measures.snapshots = [
        Snapshot(*row)
        for row in connection.execute(
            "select load_number, row_count from raw.table_loads where table_name = ? order by 1",
            [table.name],
        ).fetchall()
    ]
    measures.new_columns = tuple(
        name
        for (name,) in connection.execute(
            "select column_name from raw.extra_columns where table_name = ? and load_number > ? "
            "order by 1",
            [table.name, published_load],
        ).fetchall()
    )
    newest_load = measures.snapshots[-1].load if measures.snapshots else 0
    is_of_interest = f"_load_number = {newest_load}"
    if not table.is_state:
        is_of_interest = f"_load_number > {published_load}"
    _count(connection, measures, is_of_interest, zone, run_date)
    _mixes(connection, measures, is_of_interest)
    _unlisted(connection, measures, is_of_interest)
    return measures


def _count(
    connection: duckdb.DuckDBPyConnection,
    measures: RawMeasures,
    is_of_interest: str,
    zone: str,
    run_date: date,
) -> None:
    table = measures.table
    numeric = [c for c in table.columns if c.data_type in NUMERIC and not c.is_personal]
    types = typed_columns(connection, table.name)
    landed = {
        column.name: identifier(column.name + (TYPED if column.name in types else ""))
        for column in table.columns
    }
    wanted = ["count(*)", *(f"count({landed[column.name]})" for column in table.columns)]
    row = connection.execute(
        f"select {', '.join(wanted)} from raw.{table.name} where {is_of_interest}"
    ).fetchone()
    assert row is not None
    measures.measured_rows, counts = row[0], row[1:]
    for column, count in zip(table.columns, counts, strict=True):
        measures.filled[column.name] = count
        if measures.measured_rows:
            measures.null_ratios[column.name] = 1 - count / measures.measured_rows
    shares = f"[{', '.join(map(str, QUANTILES.values()))}]"
    one_in = measures.measured_rows // MOST_SORTED
    sampled = f" and _line % {one_in} = 0" if one_in > 1 else ""
    for column in numeric:
        if not measures.filled[column.name]:
            continue
        found = connection.execute(
            f"select quantile_cont(try_cast({landed[column.name]} as double), {shares}) "
            f"from raw.{table.name} where {is_of_interest}{sampled}"
        ).fetchone()
        values = found[0] if found else None
        if values is not None and None not in values:
            measures.quantiles[column.name] = dict(zip(QUANTILES, values, strict=True))
    measures.rows = measures.measured_rows
    if not table.is_state:
        measures.rows = sum(snapshot.rows for snapshot in measures.snapshots)
    measures.newest = _newest(connection, table, zone, run_date)


def _newest(
    connection: duckdb.DuckDBPyConnection, table: RawTable, zone: str, run_date: date
) -> date | None:
    """The last day of which the table tells; what lies ahead of the run's date is a fault."""
    types = typed_columns(connection, table.name)
    days = [
        f"cast({moments.moment(column.name, column.data_type, zone, types)} as date)"
        for column in table.columns
        if column.has_happened
    ]
    if not days:
        return None
    tomorrow = f"date '{run_date + timedelta(days=1)}'"
    wanted = [f"max(case when {day} <= {tomorrow} then {day} end)" for day in days]
    if table.name == "usage_daily":  # a row tells of a whole period
        ends = f"case period__listed when 'week' then {days[0]} + 6 "
        ends += f"when 'month' then last_day({days[0]}) "
        wanted = [f"max(case when {days[0]} <= {tomorrow} then {ends} else {days[0]} end end)"]
    row = connection.execute(f"select {', '.join(wanted)} from raw.{table.name}").fetchone()
    known = [day for day in row or () if day is not None]
    return min(max(known), run_date) if known else None


def _mixes(
    connection: duckdb.DuckDBPyConnection, measures: RawMeasures, is_of_interest: str
) -> None:
    for column in MIXED.get(measures.table.name, ()):
        counted = connection.execute(
            f"select {identifier(column)}, count(*) from raw.{measures.table.name} "
            f"where {is_of_interest} and {identifier(column)} is not null "
            "group by all order by count(*) desc, 1"
        ).fetchall()
        total = sum(count for _, count in counted)
        if total:
            mix = {value[:60]: count / total for value, count in counted[:MIX_SIZE]}
            rest = 1 - sum(mix.values())
            measures.mixes[column] = mix | ({"(others)": rest} if rest > 1e-9 else {})


def _unlisted(
    connection: duckdb.DuckDBPyConnection, measures: RawMeasures, is_of_interest: str
) -> None:
    for column in measures.table.listed_columns:
        value, listed = identifier(column.name), identifier(column.name + LISTED)
        measures.unlisted[column.name] = [
            (without_emails(text), count)
            for text, count in connection.execute(
                f"select left({value}, 40), count(*) from raw.{measures.table.name} "
                f"where {is_of_interest} and {value} is not null and {listed} is null "
                "group by all order by count(*) desc, 1"
            ).fetchall()
        ]
