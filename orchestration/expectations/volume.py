"""The check of an append table's days: did one fall, or rise, for everybody at once?

Days are judged once, by the first refresh that has them whole; only days of published refreshes
are a measure for others.
"""

from dataclasses import replace
from datetime import date, timedelta

from orchestration.base.errors import Block
from orchestration.company.limits import TableLimits
from orchestration.expectations.checks import Check
from orchestration.expectations.context import RawContext
from orchestration.expectations.raw_measures import RawMeasures
from orchestration.landing.daily_volume import (
    READ_FIRST,
    DailyRows,
    Day,
    daily_rows,
    days_of,
    everybody_fell,
    feed_recovers,
    settles,
)
from orchestration.landing.outages import volume_limits

FAR = date(9999, 12, 31)
LAGS = 8  # published refreshes whose lag says how late a table usually is
FEWEST_LAGS = 4


def volume_check(measures: RawMeasures, context: RawContext, limits: TableLimits) -> Check:
    """One check for all days that no published refresh has judged yet; the worst one speaks."""
    name = measures.table.name
    outages = context.outages.get(name, [])
    zone = context.company.time_zone
    check = Check(
        name=f"raw_{name}_volume",
        subject=name,
        group="volume",
        what="rows a day against days before",
        unit="of usual",
    )
    first, newest = days_of(context.connection, name, zone, context.run_date)
    last = _last_whole_day(newest, measures, context)
    if last is None:
        return replace(check, not_judged="no day is whole yet")
    through = context.history.detail(check.name, "through")
    check = replace(check, detail={"through": str(last)})
    if through is None:
        return replace(check, not_judged="the first refresh: later days are compared with these")
    known_through = date.fromisoformat(through)
    if last <= known_through:
        return replace(check, not_judged="no new day", detail={})
    rows = daily_rows(
        context.connection,
        name,
        zone,
        context.run_date,
        out=list(outages),
        since=known_through - READ_FIRST,
        first=first,
    )
    limit = volume_limits(context.company, name)
    known = [*outages, *_meant(rows, last, context, name)]
    days = [
        rows.judge(day, known_through, limit)
        for day in _days(known_through + timedelta(days=1), last)
        if not any(since <= day < until for since, until in known)
    ]
    judged = [day for day in days if day.usual is not None]
    if not judged:
        why = f"too little to compare a day with (minimum_rows: {limits.minimum_rows})"
        return replace(check, not_judged=why if days else "acknowledged, and not over yet")
    return _of_worst(check, judged, context, limits)


def _of_worst(check: Check, judged: list[Day], context: RawContext, limits: TableLimits) -> Check:
    zone, name = context.company.time_zone, check.subject
    ratio = limits.shrink_limit_ratio
    low = [day for day in judged if day.is_low]
    fallen = [d for d in low if everybody_fell(context.connection, name, zone, d, ratio)]
    high = [day for day in judged if day.is_high]
    worst = (fallen or high or low or judged[-1:])[0]
    is_one_account = worst in low and worst not in fallen
    usual = worst.usual or 1.0
    days = f"on {worst.day}"
    if worst.window_days > 1:
        days = f"in the {worst.window_days} days to {worst.day}"
    what = f"rows {days}: {worst.rows:,.0f}, usually {usual:,.0f}"
    if is_one_account:
        what += " (one account alone lost most: no outage)"
    return replace(
        check,
        what=what,
        value=worst.rows / usual,
        low=None if ratio >= 1 else worst.lowest / usual,
        high=worst.highest / usual,
        is_blocking=False if is_one_account else None,
        block=Block(
            check=check.name,
            table=name,
            cause=f"{name} from {worst.day}",
            message="",
            measured=worst.rows,
            load=context.newest_load,
            since=str(worst.day),
        ),
    )


def _last_whole_day(newest: date | None, measures: RawMeasures, context: RawContext) -> date | None:
    """Days before the newest load's that the table has passed, or should have by its usual lag."""
    if not context.loads:
        return None
    ends = [newest] if newest else []
    lags = context.history.values(f"raw_{measures.table.name}_lag")[-LAGS:]
    if context.as_of and len(lags) >= FEWEST_LAGS:
        ends.append(context.as_of - timedelta(days=int(max(lags))))
    return min(max(ends), context.today - timedelta(days=1)) if ends else None


def _meant(rows: DailyRows, last: date, context: RawContext, name: str) -> list[tuple[date, date]]:
    """Days that were acknowledged as meant, up to the first one that is usual again.

    Where the old level came back (a holiday), they are no measure for others; where it did not,
    they are the new one.
    """
    limit = volume_limits(context.company, name)
    ratio = context.company.limits(name).shrink_limit_ratio

    def fell(day: Day) -> bool:
        zone = context.company.time_zone
        return everybody_fell(context.connection, name, zone, day, ratio)

    found = []
    for load in context.loads:
        for note in load.notes:
            if note.table == name and note.meaning == "meant" and note.since:
                found.append((note.since, settles(rows, note.since, last, limit, fell) or FAR))
                back = feed_recovers(rows, note.since, last, limit, fell)
                if back is not None:
                    rows.out.append((note.since, back))
    return found


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
