"""The calendar of the sample companies: the days they tell of and the loads they arrive in."""

from datetime import date, datetime, timedelta

START = date(2025, 1, 1)
END = date(2026, 1, 31)

# One folder each. The first tells eight months at once; no gap is longer than 35 days but the last
# two are shorter, so that a row that misses one of them is late and still counts.
LOADS = [
    "2025-08-31T0400",
    "2025-10-05T0400",
    "2025-11-09T0400",
    "2025-12-14T0400",
    "2026-01-11T0400",
    "2026-02-01T0400",
]
LOAD_DAYS = [date.fromisoformat(load[:10]) for load in LOADS]


def load_of(day: date) -> int:
    """Number of the first load that can tell of a day: a load knows the days before its own."""
    for number, load_day in enumerate(LOAD_DAYS):
        if day < load_day:
            return number
    raise ValueError(f"{day} lies after the last load")


def days(first: date, last: date):
    """Every day from first to last, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def mondays(first: date, last: date):
    """The Mondays of the weeks that touch the days from first to last."""
    monday = first - timedelta(days=first.weekday())
    while monday <= last:
        yield monday
        monday += timedelta(days=7)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A time of day, UTC."""
    return datetime(day.year, day.month, day.day, hour, minute)


def add_months(day: date, months: int) -> date:
    """The same day some months later; days after the 28th become the 28th."""
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, min(day.day, 28))
