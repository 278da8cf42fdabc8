"""How often a company is scored, and what follows from it: when to refresh, when data is old.

An as-of date is over at midnight UTC, so nothing here runs before: in Tokyo that is 9 in the
morning.
"""

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

EARLIEST_HOUR = 5


@dataclass(frozen=True)
class Cadence:
    """`days`: the longest period; `when`: the days of a cron line, {hour} and {minute} apart."""

    name: str
    days: int
    when: str

    @property
    def old_after(self) -> timedelta:
        """What was published is old when a period has passed, and the hours of a refresh."""
        return timedelta(days=self.days, hours=6)

    @property
    def failing_after(self) -> timedelta:
        """And too old when the next period's scores are a day late."""
        return timedelta(days=self.days + 1)

    def last_date(self, day: date) -> date:
        """The last date of this cadence before a day."""
        yesterday = day - timedelta(days=1)
        if self.name == "weekly":
            return yesterday - timedelta(days=(yesterday.weekday() + 1) % 7)
        months = {"monthly": 1, "quarterly": 3}.get(self.name)
        if months is None:
            return yesterday
        first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
        return first - timedelta(days=1)


CADENCES = (
    Cadence("daily", 1, "* * *"),
    Cadence("weekly", 7, "* * 1"),
    Cadence("monthly", 31, "1 * *"),
    Cadence("quarterly", 92, "1 1,4,7,10 *"),
)


def cadences_of(scorecards: Path) -> list[Cadence]:
    """The cadences of a company's scorecards, the shortest first; weekly where none can be read."""
    try:
        with (scorecards / "scorecards.csv").open(encoding="utf-8-sig", newline="") as file:
            named = {(row.get("cadence") or "").strip() for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError):
        named = set()
    return [one for one in CADENCES if one.name in named] or [CADENCES[1]]


def cron(cadence: Cadence, zone: str, minute: int) -> str:
    """A cron line in the company's zone: after five in the morning, and after midnight UTC."""
    return f"{minute} {_hour(zone)} {cadence.when}"


def _hour(zone: str) -> int:
    """Summer time counts: the largest offset of a year decides."""
    offsets = (datetime(2025, month, 15, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))
    hours = max(offset or timedelta() for offset in offsets) // timedelta(hours=1)
    return max(EARLIEST_HOUR, hours + 1)
