"""Days against their own history: weekdays, windows, one account's silence, rows landed twice."""

from datetime import date, datetime, timedelta

import duckdb
import pytest

from orchestration.landing.daily_volume import (
    READ_FIRST,
    DailyRows,
    Day,
    Limits,
    daily_rows,
    days_of,
    everybody_fell,
)
from tests.support.raw_zone import RawZone

HALF = Limits(0.5, 3, 50)
SUNDAY = date(2025, 6, 29)


def history(weeks: int, usual: int, **changed: int) -> DailyRows:
    """So many on every day of the weeks that end on the Sunday, but on those named `d0629`."""
    days = {SUNDAY - timedelta(days=back): usual for back in range(7 * weeks)}
    days |= {date(2025, int(key[1:3]), int(key[3:])): rows for key, rows in changed.items()}
    return DailyRows(days)


def judged(rows: DailyRows, limits: Limits = HALF, day: date = SUNDAY) -> Day:
    return rows.judge(day, day - timedelta(days=1), limits)


@pytest.mark.parametrize("rows, is_low", [(100, False), (51, False), (50, True), (0, True)])
def test_a_day_at_half_of_what_is_usual_is_low(rows, is_low):
    found = judged(history(9, 100, d0629=rows))
    assert (found.usual, found.rows, found.is_low) == (100, rows, is_low)


@pytest.mark.parametrize("rows, is_high", [(399, False), (400, True), (1000, True)])
def test_a_day_at_four_times_what_is_usual_is_high(rows, is_high):
    assert judged(history(9, 100, d0629=rows)).is_high is is_high
    had = history(9, 100, d0622=1000, d0629=rows)
    assert not judged(had).is_high
    assert judged(had, Limits(0.5, 3, 50, is_growth_widened=False)).is_high is is_high


def test_a_day_is_compared_with_the_same_weekday():
    rows = history(9, 200)
    for back in range(0, 7 * 9, 7):
        rows.rows[SUNDAY - timedelta(days=back)] = 60
    assert judged(DailyRows(rows.rows)).usual == 60


def test_few_rows_are_compared_by_the_week():
    found = judged(history(9, 10, d0629=0))
    assert (found.window_days, found.usual, found.rows, found.is_low) == (7, 70, 60, False)


def test_very_few_rows_are_not_compared_at_all():
    assert judged(history(30, 1, d0629=0)).usual is None


def test_less_than_four_earlier_days_are_no_history():
    assert judged(history(5, 100, d0629=0)).usual == 100
    assert judged(history(4, 100, d0629=0)).usual is None


def test_what_the_table_has_had_before_is_no_surprise_unless_the_company_sets_the_limit():
    quiet = history(9, 100, d0622=30, d0629=35)
    assert not judged(quiet).is_low
    assert judged(history(9, 100, d0622=30, d0629=29)).is_low
    assert judged(quiet, Limits(0.5, 3, 50, is_shrink_widened=False)).is_low


def test_outages_are_no_measure():
    rows = history(9, 100, d0622=2, d0615=2, d0608=2, d0601=2, d0525=2, d0629=40)
    assert judged(rows, Limits(0.5, 3, 1)).usual == 2
    without = DailyRows(rows.rows, out=[(date(2025, 5, 20), date(2025, 6, 23))])
    assert judged(without).usual is None  # three Sundays are left


def test_days_after_what_is_known_are_no_measure():
    rows = history(9, 100, d0622=2, d0629=2)
    assert rows.judge(SUNDAY, date(2025, 6, 21), HALF).compared[0] == date(2025, 6, 15)


# In a raw zone: June 2025, so many events of each account on a Sunday


def fallen_for_everybody(tmp_path, per_sunday: dict[str, int], last: dict[str, int]) -> bool:
    raw = RawZone({1: datetime(2025, 7, 1)}, run_date=date(2025, 7, 1))
    with duckdb.connect(str(raw.write(tmp_path))) as connection:
        for week in range(9):
            day = SUNDAY - timedelta(days=7 * week)
            for account, count in (last if week == 0 else per_sunday).items():
                connection.execute(
                    "insert into raw.usage_events (event_id, account_id, occurred_at, _load_number)"
                    " select ? || i, ?, ?, 1 from range(?) as events (i)",
                    [f"{account}-{week}-", account, f"{day}T23:30:00+00:00", count],
                )
        rows = daily_rows(connection, "usage_events", "UTC", date(2025, 7, 1))
        day = judged(rows)
        assert day.is_low
        return everybody_fell(connection, "usage_events", "UTC", day, 0.5)


USUAL = {"big": 80, "b": 10, "c": 10, "d": 10}


@pytest.mark.parametrize(
    "last, everybody",
    [
        ({"big": 0, "b": 10, "c": 10, "d": 10}, False),
        ({"big": 35, "b": 5, "c": 5, "d": 4}, True),
        ({}, True),
        ({"big": 50, "b": 0, "c": 0, "d": 0}, True),  # without the big one: none of 30
    ],
    ids=["one falls silent", "all halve", "nothing comes", "the small ones stop"],
)
def test_one_account_s_silence_is_no_outage(tmp_path, last, everybody):
    assert fallen_for_everybody(tmp_path, USUAL, last) is everybody


def test_rows_landed_again_count_once_and_deleted_ones_not(tmp_path):
    raw = RawZone({1: datetime(2025, 7, 1), 2: datetime(2025, 7, 2)}, run_date=date(2025, 7, 2))
    for load in (1, 2):
        for number in (1, 2, 3):
            raw.land(
                "usage_events", load, event_id=f"e{number}", account_id="a",
                occurred_at="2025-06-30T10:00:00Z",
            )  # fmt: skip
    raw.land("usage_events", 2, event_id="e3", account_id="a", is_deleted="true")
    raw.land("usage_events", 2, event_id="e2", account_id="a", occurred_at="2025-06-29T10:00:00Z",
             updated_at="2025-07-02T00:00:00Z")  # fmt: skip
    with duckdb.connect(str(raw.write(tmp_path))) as connection:
        rows = daily_rows(connection, "usage_events", "UTC", date(2025, 7, 1))
    assert sum(rows.rows.values()) == 2


def test_a_time_without_a_zone_is_the_company_s(tmp_path):
    raw = RawZone({1: datetime(2025, 7, 1)}, run_date=date(2025, 7, 1))
    raw.land("usage_events", 1, event_id="e", account_id="a", occurred_at="2025-06-30 01:30:00")
    with duckdb.connect(str(raw.write(tmp_path))) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = daily_rows(connection, "usage_events", "Europe/Berlin", date(2025, 7, 1))
    assert rows.rows == {date(2025, 6, 29): 1}


def test_aggregates_count_what_they_tell_of_and_months_are_left_out(tmp_path):
    raw = RawZone({1: datetime(2025, 7, 1)}, run_date=date(2025, 7, 1))
    for period, events in (("day", "7"), ("week", "30"), ("month", "900"), (None, "x")):
        raw.land(
            "usage_daily", 1, account_id="a", module=period, used_on="2025-06-30", period=period,
            events=events,
        )  # fmt: skip
    with duckdb.connect(str(raw.write(tmp_path))) as connection:
        rows = daily_rows(connection, "usage_daily", "UTC", date(2025, 7, 31))
    assert rows.rows == {date(2025, 6, 30): 7, date(2025, 7, 6): 30}


@pytest.mark.parametrize("a_day, window_days", [(90, 1), (9, 7), (2, 28)])
def test_as_many_days_are_read_as_a_judgement_needs(tmp_path, a_day, window_days):
    newest = date(2025, 6, 29)
    raw = RawZone({1: datetime(2025, 7, 1)}, run_date=date(2025, 7, 1))
    with duckdb.connect(str(raw.write(tmp_path))) as connection:
        connection.execute(
            "insert into raw.usage_events (event_id, account_id, occurred_at, _load_number) "
            f"select day || '-' || i, 'a', (date '{newest}' - day)::varchar || 'T10:00:00Z', 1 "
            "from (select cast(range as integer) as day from range(400)), "
            f"range({a_day}) as events (i)"
        )
        first, last = days_of(connection, "usage_events", "UTC", newest)
        assert (first, last) == (newest - timedelta(days=399), newest)
        whole = daily_rows(connection, "usage_events", "UTC", newest)
        since = newest - timedelta(days=1) - READ_FIRST
        few = daily_rows(connection, "usage_events", "UTC", newest, since=since, first=first)
        assert len(few.rows) == READ_FIRST.days + 2
        assert judged(few) == judged(whole) and judged(few).window_days == window_days
        assert (few.rows == whole.rows) is (window_days == 28)


def test_a_week_counts_on_its_last_day_where_few_days_are_read_too(tmp_path):
    since, first = date(2025, 3, 3), date(2025, 1, 6)
    raw = RawZone({1: datetime(2025, 7, 1)}, run_date=date(2025, 7, 1))
    with duckdb.connect(str(raw.write(tmp_path))) as connection:
        connection.execute("alter table raw.usage_daily add column used_on__typed date")
        connection.execute(
            "insert into raw.usage_daily (account_id, module, period, events, used_on, "
            "used_on__typed, _load_number) "
            "select 'a', 'm', 'week', '5', day::date::varchar, day, 1 "
            f"from range(date '{first}', date '2025-06-23', interval 1 day) as days (day)"
        )
        whole = daily_rows(connection, "usage_daily", "UTC", date(2025, 6, 29))
        few = daily_rows(
            connection, "usage_daily", "UTC", date(2025, 6, 29), since=since, first=first
        )
    assert few.rows == {day: rows for day, rows in whole.rows.items() if day >= since}
    assert min(few.rows) == since
