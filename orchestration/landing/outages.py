"""Which dates a raw table is stale for because an operator acknowledged its outage.

Follows from the loads with their notes and from the rows that were landed, so that every replay
finds the same dates.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date

import duckdb

from orchestration.company.company import Company
from orchestration.landing import daily_volume
from orchestration.landing.loads import Load, landed
from orchestration.landing.plan import files_by_table


@dataclass(frozen=True)
class Outage:
    """As-of dates from `since` up to `until` (exclusive; None: it goes on)."""

    table: str
    since: date
    until: date | None


def acknowledged_outages(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    loads: list[Load],
    mapping_sql: Mapping[str, str],
    run_date: date,
) -> list[Outage]:
    """All of them, found in a build file whose raw zone holds the loads."""

    def recovers(table: str, since: date) -> date | None:
        limits = volume_limits(company, table)
        rows = daily_volume.daily_rows(connection, table, company.time_zone, run_date)
        last = rows.newest or since

        def fell(day: daily_volume.Day) -> bool:
            zone, ratio = company.time_zone, limits.shrink_ratio
            return daily_volume.everybody_fell(connection, table, zone, day, ratio)

        return daily_volume.feed_recovers(rows, since, last, limits, fell)

    return [*of_snapshots(loads, mapping_sql), *of_feeds(loads, recovers)]


def volume_limits(company: Company, table: str) -> daily_volume.Limits:
    """What company.yml says of a table's days."""
    limits = company.limits(table)
    return daily_volume.Limits(
        limits.shrink_limit_ratio,
        limits.growth_limit_ratio,
        limits.minimum_rows,
        is_shrink_widened=not limits.states("shrink_limit_ratio"),
        is_growth_widened=not limits.states("growth_limit_ratio"),
    )


def of_snapshots(loads: list[Load], mapping_sql: Mapping[str, str]) -> list[Outage]:
    """A table that came empty or halved: unknown from the day of its last good load to the next."""
    found: list[Outage] = []
    good: dict[str, date] = {}
    begun: dict[str, date] = {}
    for load in landed(loads):
        day = _day(load)
        for table in load.not_taken:
            begun.setdefault(table, good.get(table, day))
        for table in _landed(load, mapping_sql) - load.not_taken:
            good[table] = day
            if table in begun:
                found.append(Outage(table, begun.pop(table), day))
    return found + [Outage(table, since, None) for table, since in begun.items()]


def of_feeds(loads: list[Load], recovers: Callable[[str, date], date | None]) -> list[Outage]:
    """A feed that fell for everybody: stale until a day is whole again, or is said to be meant."""
    found = []
    for load in loads:
        for note in load.notes:
            if note.meaning == "outage" and note.since:
                meant = [_day(later) for later in loads if _means(later, note.table, load)]
                ends = [recovers(note.table, note.since), *meant]
                until = min((end for end in ends if end is not None), default=None)
                if until != note.since:
                    found.append(Outage(note.table, note.since, until))
    return found


def _means(later: Load, table: str, load: Load) -> bool:
    return later.number > load.number and any(
        note.table == table and note.meaning == "meant" and not note.column for note in later.notes
    )


def _landed(load: Load, mapping_sql: Mapping[str, str]) -> set[str]:
    return set(files_by_table(load, mapping_sql)) | (set(load.row_counts or ()) & set(mapping_sql))


def _day(load: Load) -> date:
    return load.loaded_at.astimezone(UTC).date()
