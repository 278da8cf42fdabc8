"""The one scorecard of the benchmark as plain values, with the words that go with it.

The contenders read the company's own files and the catalogue, as the project does: a changed weight
or tier changes them all.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from orchestration.base.settings import PROJECT_ROOT

CATALOGUE = PROJECT_ROOT / "seeds" / "catalogue" / "indicators.csv"
# The contenders know how to compute these, in this order.
INDICATORS = (
    "weekly_active_to_seats_ratio",
    "active_days_28d",
    "usage_vs_baseline",
    "days_since_last_use",
    "tickets_solved_in_day_ratio",
    "nps",
    "days_overdue",
    "invoices_late_ratio",
)
NEUTRAL = 50.0
FEWEST_PEERS = 20


@dataclass(frozen=True)
class Tier:
    """From its bound on, up to the next one's."""

    lower_bound: float | None
    score: float
    text: str  # as readers see it: `10 % to 25 %`


@dataclass(frozen=True)
class Indicator:
    """A row of the scorecard with what the catalogue says of it."""

    name: str
    weight: float
    method: str
    is_neutral: bool
    worst: float | None
    best: float | None
    unit: str
    module: str
    dimension: str
    minimum_age: int
    phrase: str
    zero_phrase: str
    tiers: tuple[Tier, ...]
    ratio_tiers: tuple[Tier, ...]

    @property
    def is_ratio(self) -> bool:
        return self.unit == "ratio"


@dataclass(frozen=True)
class Cap:
    """A knock-out: at this value of the indicator or more the score is at most the cap."""

    knock_out_id: str
    indicator: str
    threshold: float
    cap: float
    reason: str


@dataclass(frozen=True)
class Scorecard:
    """All that turns values into scores."""

    name: str
    version: int
    minimum_coverage: float
    indicators: tuple[Indicator, ...]
    cap: Cap
    bands: tuple[tuple[str, float], ...]  # from the lowest

    @property
    def places(self) -> dict[str, int]:
        return {indicator.name: place for place, indicator in enumerate(self.indicators)}


def read_scorecard(folder: Path) -> Scorecard:
    """The scorecard of a generated company."""
    (card,) = _rows(folder / "scorecards.csv")
    (rule,) = _rows(folder / "knock_outs.csv")
    catalogue = {row["indicator_id"]: row for row in _rows(CATALOGUE)}
    rows = {row["indicator_id"]: row for row in _rows(folder / "scorecard_indicators.csv")}
    assert tuple(rows) == INDICATORS, "the contenders compute other indicators"
    assert rule["operator"] == ">=" and not rule["max_days_to_renewal"]
    tiers = _rows(folder / "scorecard_tiers.csv")
    return Scorecard(
        name=card["scorecard_id"],
        version=int(card["version"]),
        minimum_coverage=float(card["minimum_coverage"]),
        indicators=tuple(_indicator(rows[name], catalogue[name], tiers) for name in INDICATORS),
        cap=Cap(
            rule["knock_out_id"],
            rule["indicator_id"],
            float(rule["threshold"]),
            float(rule["cap"]),
            rule["reason"],
        ),
        bands=tuple(
            (row["band"], float(row["lower_bound"]))
            for row in sorted(
                _rows(folder / "scorecard_bands.csv"), key=lambda row: float(row["lower_bound"])
            )
        ),
    )


def _indicator(
    row: dict[str, str], entry: dict[str, str], tiers: list[dict[str, str]]
) -> Indicator:
    own = [tier for tier in tiers if tier["indicator_id"] == row["indicator_id"]]
    phrase, _, zero_phrase = entry["phrase"].partition("|")
    return Indicator(
        name=row["indicator_id"],
        weight=float(row["weight"]),
        method=row["method"],
        is_neutral=row["missing_policy"] == "neutral",
        worst=float(row["linear_worst"]) if row["linear_worst"] else None,
        best=float(row["linear_best"]) if row["linear_best"] else None,
        unit=entry["unit"],
        module=entry["module_id"],
        dimension=entry["dimension"],
        minimum_age=int(entry["minimum_age_days"] or 0),
        phrase=phrase,
        zero_phrase=zero_phrase,
        tiers=_tiers(own, "value", entry["unit"]),
        ratio_tiers=_tiers(own, "baseline_ratio", "ratio"),
    )


def _tiers(rows: list[dict[str, str]], tier_set: str, unit: str) -> tuple[Tier, ...]:
    bounds = sorted(
        (float(row["lower_bound"]) if row["lower_bound"] else float("-inf"), float(row["score"]))
        for row in rows
        if row["tier_set"] == tier_set
    )
    found = []
    for place, (lower, score) in enumerate(bounds):
        upper = bounds[place + 1][0] if place + 1 < len(bounds) else None
        is_lowest = lower == float("-inf")
        if is_lowest:
            text = "any value" if upper is None else f"below {value_text(upper, unit)}"
        elif upper is None:
            text = f"{value_text(lower, unit)} and more"
        else:
            text = f"{value_text(lower, unit)} to {value_text(upper, unit)}"
        found.append(Tier(None if is_lowest else lower, score, text))
    return tuple(found)


def number_text(number: float) -> str:
    """At most two decimals, halves away from zero: `12.5`."""
    cents = math.floor(abs(number) * 100 + 0.5)
    sign = "-" if number < 0 and cents else ""
    return f"{sign}{cents // 100}.{cents % 100:02}".rstrip("0").rstrip(".")


def value_text(number: float, unit: str) -> str:
    """A share in per cent, anything else as it is."""
    return f"{number_text(100 * number)} %" if unit == "ratio" else number_text(number)


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
