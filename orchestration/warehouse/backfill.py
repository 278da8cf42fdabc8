"""Which dates a backfill computes again, said before anything runs.

A date's row is compared with earlier dates, and later rows with it. So all dates from the first one
on are computed again, also those after the last one that was asked for; the result equals a full
refresh.
"""

from dataclasses import dataclass
from datetime import date

from orchestration.base.errors import BadInput
from orchestration.base.lockdown import open_read_only
from orchestration.base.settings import CompanyPaths
from orchestration.publishing.versions import DATABASE, current_version


@dataclass(frozen=True)
class Backfill:
    """The first date to compute again, and what a person should know about the range."""

    rebuild_from: date
    notes: tuple[str, ...]


def plan(paths: CompanyPaths, first: str, last: str | None) -> Backfill:
    """Check a range (YYYY-MM-DD, both ends included; no last date: up to the newest)."""
    begin, end = _date("from", first), _date("to", last) if last else None
    if end and end < begin:
        raise BadInput(f"The range ends ({end}) before it begins ({begin}). Nothing was changed.")
    oldest, newest = _scored(paths)
    if begin > newest:
        raise BadInput(
            f"No date from {begin} on has been scored yet: the newest is {newest}. Nothing was "
            "changed. Later dates are scored by `health refresh` when their data has landed."
        )
    notes = []
    if begin < oldest:
        notes.append(f"the first date that is scored is {oldest}: it begins there")
    if end and end > newest:
        notes.append(f"the newest date is {newest}: it ends there")
    if end and end < newest:
        notes.append(f"dates after {end}, up to {newest}, rest on the range and follow")
    return Backfill(max(begin, oldest), tuple(notes))


def _scored(paths: CompanyPaths) -> tuple[date, date]:
    """The first and the newest as-of date of what readers see."""
    version = current_version(paths)
    if version is None:
        raise BadInput(
            "Nothing has been published yet, so there is nothing to compute again. "
            "Run `health refresh`: it scores all dates."
        )
    with open_read_only(paths.versions / version / DATABASE) as connection:
        first, last = connection.execute(
            "select min(as_of_date), max(as_of_date) from marts.fct_account_health"
        ).fetchall()[0]
    return first, last


def _date(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{name}: {text!r} is not a date. Write it as YYYY-MM-DD.") from None
