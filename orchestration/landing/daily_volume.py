"""How much an append table has for each day, and whether a day fell for everybody at once.

Counted are rows, of aggregates by day or week the events that they tell of.

A day is compared with earlier days of the same weekday; where those are few rows, the seven (or 28)
days that end on it are compared with earlier ones. It has fallen only where the others fell as
well when the account that lost most is left out: one customer's silence is no outage.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import median

import duckdb

from orchestration.company.tables import raw_tables
from orchestration.landing import moments
from orchestration.landing.raw_views import TYPED, key_columns, typed_columns
from orchestration.landing.reader import identifier

COMPARED = 8  # how many earlier windows a day is compared with
FEWEST_COMPARED = 4
FURTHEST = 16  # how many steps back they are looked for
WINDOWS = {1: 7, 7: 7, 28: 28}  # days in a window → days from one to the next compared
# What days and weeks are compared with where none was an outage, and what is read first: most
# tables are judged by no more.
READ_FIRST = timedelta(days=(COMPARED + 2) * 7)
# A week counts on its last day; and a time without a zone is less than a day from the true one.
LONGEST_BEFORE_ITS_DAY = timedelta(days=6 + 2)


@dataclass(frozen=True)
class Limits:
    """From what on a day has fallen, and how many rows make a comparison."""

    shrink_ratio: float
    growth_ratio: float
    minimum_rows: int
    # Widened by what the table's own earlier days had, unless the company set the limit itself.
    is_shrink_widened: bool = True
    is_growth_widened: bool = True


@dataclass(frozen=True)
class Day:
    """One day against what is usual. `usual` is None where too little is known."""

    day: date
    window_days: int
    rows: float
    usual: float | None
    lowest: float = 0.0  # from here down it has fallen
    highest: float = 0.0  # from here up it has risen
    compared: tuple[date, ...] = ()
    earlier: tuple[float, ...] = ()

    @property
    def is_low(self) -> bool:
        """Fallen in total; whether for everybody, `everybody_fell` says."""
        return self.usual is not None and self.rows <= self.lowest

    @property
    def is_high(self) -> bool:
        """Risen so far that rows may be counted twice."""
        return self.usual is not None and self.rows >= self.highest


@dataclass
class DailyRows:
    """Rows by day of one table; `out` are days that are no measure for others, as outages.

    `rows` may begin at a day, `since`; `all_rows` reads those before it too, once they are asked
    for. `first` is the first day with a row at all.
    """

    rows: dict[date, int]
    out: list[tuple[date, date]] = field(default_factory=list)
    since: date | None = None
    first: date | None = None
    all_rows: Callable[[], dict[date, int]] = dict
    _days: list[date] = field(default_factory=list, repr=False)
    _sums: list[int] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self._days = sorted(self.rows)
        if self.first is None and self._days:
            self.first = self._days[0]
        total = 0
        self._sums = [0]
        for day in self._days:
            total += self.rows[day]
            self._sums.append(total)

    @property
    def newest(self) -> date | None:
        """The last day with a row."""
        return self._days[-1] if self._days else None

    def sum_of(self, day: date, window_days: int) -> int:
        """Rows of the days that end on this one."""
        begins_on = day - timedelta(days=window_days - 1)
        if self.since and begins_on < self.since:
            self.rows, self.since = self.all_rows(), None
            self.__post_init__()
        begin = bisect_left(self._days, begins_on)
        end = bisect_left(self._days, day + timedelta(days=1))
        return self._sums[end] - self._sums[begin]

    def judge(self, day: date, known_through: date, limits: Limits) -> Day:
        """A day against days up to `known_through`, by the smallest window that has enough rows."""
        found = Day(day, 1, self.sum_of(day, 1), None)
        for window_days in WINDOWS:
            compared = self._compared(day, window_days, known_through)
            if len(compared) < FEWEST_COMPARED:
                continue
            earlier = tuple(float(self.sum_of(each, window_days)) for each in compared)
            usual = float(median(earlier))
            if usual < limits.minimum_rows:
                continue
            lowest, highest = usual * (1 - limits.shrink_ratio), usual * (1 + limits.growth_ratio)
            # what the table has had itself is no surprise; beyond it, it is
            if limits.is_shrink_widened:
                lowest = min(lowest, min(earlier) - 1e-6)
            if limits.is_growth_widened:
                highest = max(highest, max(earlier) + 1e-6)
            rows = float(self.sum_of(day, window_days))
            return Day(day, window_days, rows, usual, lowest, highest, tuple(compared), earlier)
        return found

    def _compared(self, day: date, window_days: int, known_through: date) -> list[date]:
        """Ends of earlier windows, latest first, that are whole, known and no outage."""
        step = WINDOWS[window_days]
        found: list[date] = []
        for number in range(1, FURTHEST + 1):
            end = day - timedelta(days=number * step)
            start = end - timedelta(days=window_days - 1)
            if self.first is None or start < self.first or len(found) == COMPARED:
                break
            is_out = any(start < until and end >= since for since, until in self.out)
            if end <= known_through and not is_out:
                found.append(end)
        return found


def daily_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    zone: str,
    last: date,
    out: Iterable[tuple[date, date]] = (),
    since: date | None = None,
    first: date | None = None,
) -> DailyRows:
    """Rows by day up to `last`; rows landed again count once, deleted ones not at all.

    Where the `first` day with a row is known, those before `since` are read when they are asked
    for. Until then a row that a later load moved from after it to before it counts where it was.
    """

    def read(since: date | None) -> dict[date, int]:
        keyed = _keyed(connection, table, zone, since)
        query = f"select day, sum(volume) from ({keyed}) where day <= ? group by day"
        return dict(connection.execute(query, [last]).fetchall())

    return DailyRows(read(since), list(out), since, first, lambda: read(None))


def note_repeated_keys(connection: duckdb.DuckDBPyConnection, loads_there: int) -> None:
    """Note which keys of append tables occur more than once, once more after new loads.

    Of the loads that were there, only rows are looked at that a new load brings again.
    """
    for name, table in raw_tables().items():
        if table.is_state:
            continue
        keys = ", ".join(key_columns(table))
        number = f"hash({keys})"
        new = f"from raw.{name} where _load_number > {loads_there}"
        found = f"select {number} {new} group by all having count(*) > 1"
        if loads_there:
            found += (
                f" union select {number} from raw.{name} where _load_number <= {loads_there} "
                f"and ({keys}) in (select {'' if len(table.key) == 1 else 'row'}({keys}) {new})"
            )
        connection.execute(
            f"insert into raw.repeated_keys select '{name}', * from ({found}) as found (number) "
            "except select * from raw.repeated_keys"
        )


def days_of(
    connection: duckdb.DuckDBPyConnection, table: str, zone: str, last: date
) -> tuple[date | None, date | None]:
    """The first and the last day up to `last` with a row, deleted or not."""
    day = moments.event_day(raw_tables()[table], zone, typed_columns(connection, table))
    if table == "usage_daily":
        day = f"{day} + (case period__listed when 'week' then 6 else 0 end)"
    row = connection.execute(
        f"select min({day}), max({day}) from raw.{table} where {day} <= ?", [last]
    ).fetchone()
    return row or (None, None)


def everybody_fell(
    connection: duckdb.DuckDBPyConnection, table: str, zone: str, day: Day, shrink_ratio: float
) -> bool:
    """Whether the day is as low without the account that lost most."""
    if not day.is_low or day.usual is None:
        return False
    shares = {day.day: -1.0} | {end: 1 / len(day.compared) for end in day.compared}
    windows = ", ".join(f"(date '{end}', {share}::double)" for end, share in shares.items())
    lost = connection.execute(
        "select account_id, cast(sum(share * volume) as double) as lost, "
        "cast(coalesce(sum(volume) filter (share < 0), 0) as double) as left_over "
        f"from ({_keyed(connection, table, zone)}) as keyed "
        f"join (values {windows}) as windows (ends_on, share) "
        f"on keyed.day <= ends_on and keyed.day > ends_on - {day.window_days} "
        "group by account_id order by lost desc, account_id limit 1"
    ).fetchone()
    if lost is None:
        return True
    _, most, left_over = lost
    rest, rest_usual = day.rows - left_over, day.usual - (most + left_over)
    return rest_usual <= 0 or rest <= rest_usual * (1 - shrink_ratio)


def feed_recovers(
    rows: DailyRows, since: date, last: date, limits: Limits, fell: Callable[[Day], bool]
) -> date | None:
    """The first day from `since` on that is as usual before it; None while there is none.

    Where days have few rows and are judged by the week, a whole week after it began.
    """
    before = since - timedelta(days=1)
    for day in _days(since, last):
        judged = rows.judge(day, before, limits)
        begins = day - timedelta(days=judged.window_days - 1)
        if begins >= since and _is_usual(judged, fell):
            return day
    return None


def settles(
    rows: DailyRows, since: date, last: date, limits: Limits, fell: Callable[[Day], bool]
) -> date | None:
    """The first day from `since` on that is as usual by all days before it, new ones too."""
    for day in _days(since, last):
        if _is_usual(rows.judge(day, day - timedelta(days=1), limits), fell):
            return day
    return None


def _is_usual(day: Day, fell: Callable[[Day], bool]) -> bool:
    return day.usual is not None and not day.is_high and not (day.is_low and fell(day))


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _keyed(
    connection: duckdb.DuckDBPyConnection, table: str, zone: str, since: date | None = None
) -> str:
    """One row per key with its account, day and volume, as the newest load has them.

    Few keys come twice: only rows whose key's number does are put together by their key. Landing
    notes these numbers.
    """
    spec = raw_tables()[table]
    types = typed_columns(connection, table)
    volume, only, day = "1", "", moments.event_day(spec, zone, types)
    if table == "usage_daily":
        volume = "cast(coalesce(try_cast(events as double), 0) as bigint)"
        only = "where period__listed <> 'month'"  # months are no even steps of days
        day = (
            f"{day} + (case period__listed when 'week' then 6 else 0 end)"  # known when it is over
        )
    if since:
        only += f"{' and' if only else 'where'} {day} >= date '{since}'"
        if spec.event_time in types:  # as landed, by which files are skipped
            typed = identifier(spec.event_time + TYPED)
            only += f" and {typed} >= timestamp '{since - LONGEST_BEFORE_ITS_DAY}'"
    keys = ", ".join(key_columns(spec))
    repeated = f"select key_number from raw.repeated_keys where table_name = '{table}'"
    rows = (
        f"select {keys}, account_id, {day} as day, {volume} as volume, _load_number, "
        f"coalesce(try_cast(is_deleted as boolean), false) as is_gone, hash({keys}) as key_number "
        f"from raw.{table} {only}"
    )
    return (
        f"with repeated as ({repeated}) "
        f"select account_id, day, volume from ({rows}) "
        "where not is_gone and key_number not in (from repeated) union all "
        "select arg_max(account_id, _load_number), arg_max(day, _load_number), "
        f"arg_max(volume, _load_number) from ({rows}) where key_number in (from repeated) "
        f"group by {keys} having not bool_or(is_gone)"
    )
