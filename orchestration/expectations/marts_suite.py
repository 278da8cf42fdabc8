"""The checks of the built marts against the last published version: did the scores shift?

Compared are the newest date of the build and the latest published date up to it, so that a refresh
of an earlier date is held against that date. Dates of an acknowledged outage are left out on both
sides: that many accounts have no score then is known. Names are stable: `marts_<what>`.
"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from orchestration.base.build_files import open_build
from orchestration.base.errors import Block
from orchestration.base.lockdown import open_read_only
from orchestration.company.limits import MartsLimits
from orchestration.expectations.checks import Check
from orchestration.expectations.history import History
from orchestration.publishing.versions import DATABASE

MART = "fct_account_health"
BANDS = ("unhealthy", "fair", "healthy")
REMEMBERED = 8  # published refreshes whose own shifts widen a limit
FIRST = "nothing is published yet that it could be compared with"


@dataclass(frozen=True)
class Portfolio:
    """Scores of one date: accounts scored, and their mean by segment, share by band."""

    as_of_date: date
    scored: int
    segments: dict[str, tuple[int, float]]  # accounts, mean score
    bands: dict[str, int]


def marts_checks(
    build_file: Path, published: Path | None, limits: MartsLimits, history: History
) -> list[Check]:
    """All of them. `published` is the folder of the version to compare with."""
    with open_build(build_file) as connection:
        outages = connection.execute(
            "select stale_from, stale_until from config.acknowledged_outages"
        ).fetchall()
        now = _newest(connection, None, outages)
    before = None
    if published and now:
        with open_read_only(published / DATABASE) as connection:
            before = _newest(connection, now.as_of_date, outages)
    if now is None:
        check = _check("marts_accounts_scored", "accounts scored", 0.0, "accounts")
        return [replace(check, not_judged="no date lies outside an acknowledged outage")]
    suite = _Suite(now, before, published.name if published else "", limits, history)
    return [suite.scored(), *suite.means(), *suite.shares()]


@dataclass
class _Suite:
    now: Portfolio
    before: Portfolio | None
    version: str
    limits: MartsLimits
    history: History

    def scored(self) -> Check:
        name = "marts_accounts_scored"
        check = _check(
            name, f"accounts scored on {self.now.as_of_date}", self.now.scored, "accounts"
        )
        before = self.before.scored if self.before else None
        if before is not None and before < self.limits.minimum_accounts:
            return self._too_few(check, before)
        fields = ("scored_fall_limit_ratio", "scored_rise_limit_ratio")
        return self._against(check, before, fields, before or 0.0)

    def means(self) -> list[Check]:
        """Mean score of each segment that has enough accounts in both versions."""
        checks = []
        known = self.before.segments if self.before else {}
        for segment in sorted({*self.now.segments, *known}):
            accounts, mean = self.now.segments.get(segment, (0, None))
            name = f"marts_mean_score_{segment}"
            check = _check(name, f"mean score of the segment {segment}", mean, "points", segment)
            earlier = known.get(segment)
            # a segment of which nobody is left is no small one
            fewest = min(accounts or earlier[0], earlier[0]) if earlier else accounts
            if self.before and fewest < self.limits.minimum_accounts:
                checks.append(self._too_few(check, fewest))
                continue
            usual = earlier[1] if earlier else None
            field = "mean_score_limit_points"
            checks.append(self._against(check, usual, (field, field)))
        return checks

    def shares(self) -> list[Check]:
        """Share of each band among all scored accounts."""
        checks = []
        for band in BANDS:
            share = self.now.bands.get(band, 0) / self.now.scored if self.now.scored else 0.0
            check = _check(
                f"marts_band_share_{band}", f"share of scored accounts that are {band}", share,
                "share", band,
            )  # fmt: skip
            scored = self.before.scored if self.before else 0
            fewest = min(self.now.scored, scored)
            if self.before and fewest < self.limits.minimum_accounts:
                checks.append(self._too_few(check, fewest))
                continue
            usual = self.before.bands.get(band, 0) / scored if self.before and scored else None
            field = "band_share_limit_ratio"
            checks.append(self._against(check, usual, (field, field)))
        return checks

    def _too_few(self, check: Check, accounts: int) -> Check:
        why = f"{accounts} accounts are too few (marts.minimum_accounts)"
        return replace(check, not_judged=f"{why}: {self.limits.minimum_accounts}")

    def _against(
        self, check: Check, usual: float | None, fields: tuple[str, str], times: float = 1.0
    ) -> Check:
        """The value before, give or take the limits, or as far as published refreshes moved.

        `fields` name the limits down and up; `times` makes a ratio a distance.
        """
        if usual is None:
            return replace(check, not_judged=FIRST)
        moved = self.history.shifts(check.name)[-REMEMBERED:]
        fall, rise = (getattr(self.limits, field) * times for field in fields)
        if not self.limits.states(fields[0]):
            fall = max([fall, *(-shift for shift in moved)])
        if not self.limits.states(fields[1]):
            rise = max([rise, *moved])
        block = Block(
            check=check.name,
            table="marts",
            cause=f"{check.name} since version {self.version}",
            message="",
            measured=(check.value or 0.0) - usual,
            may_be_outage=False,
        )
        return replace(check, usual=usual, low=usual - fall, high=usual + rise, block=block)


def _check(name: str, what: str, value: float | None, unit: str, about: str = "") -> Check:
    return Check(name, MART, "scores", what, value, unit, about=about)


def _newest(
    connection: duckdb.DuckDBPyConnection,
    last: date | None,
    outages: list[tuple[date, date | None]],
) -> Portfolio | None:
    """The latest date up to `last` without an outage; None where there is none."""
    conditions = [f"as_of_date <= date '{last}'"] if last else []
    for since, until in outages:
        is_over = f" or as_of_date >= date '{until}'" if until else ""
        conditions.append(f"(as_of_date < date '{since}'{is_over})")
    where = f"where {' and '.join(conditions)}" if conditions else ""
    row = connection.execute(f"select max(as_of_date) from marts.{MART} {where}").fetchone()
    if row is None or row[0] is None:
        return None
    rows = connection.execute(
        f"select segment_id, band, count(*), sum(score) from marts.{MART} "
        "where as_of_date = ? and is_scored group by all",
        [row[0]],
    ).fetchall()
    sums: dict[str, tuple[int, float]] = {}
    bands: dict[str, int] = {}
    for segment, band, count, total in rows:
        accounts, score = sums.get(segment, (0, 0.0))
        sums[segment] = (accounts + count, score + total)
        bands[band] = bands.get(band, 0) + count
    means = {segment: (accounts, score / accounts) for segment, (accounts, score) in sums.items()}
    return Portfolio(row[0], sum(bands.values()), means, bands)
