"""What a version weighs, and its bands."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from orchestration.scorecards.scorecard_set import (
    Rule,
    ScorecardSet,
    Warned,
    finding,
    line_list,
    version_label,
)
from orchestration.scorecards.tables import BANDS, HUNDRED, NUMBER_PATTERN, Finding, Row, show

MOST_INDICATORS = 10


def _as_decimal(cell: str) -> Decimal | None:
    """Also of a weight that is refused by itself (a negative one): the sum is told all the same."""
    return Decimal(cell) if NUMBER_PATTERN.fullmatch(cell) else None


def weights_sum_to_100(scorecards: ScorecardSet) -> Iterator[Finding | Warned]:
    for row in scorecards.tables["scorecards"]:
        who = version_label(row)
        if who is None:
            continue
        indicators = scorecards.of_version("scorecard_indicators", row)
        if not indicators:
            what = f"{who} has no indicators, its weights sum to 0, not 100"
            yield finding([row], what, "Add its rows to scorecard_indicators.csv.")
            continue
        read = [_as_decimal(indicator.cells["weight"]) for indicator in indicators]
        weights = [weight for weight in read if weight is not None]
        if len(weights) < len(read):
            continue
        total = sum(weights, Decimal(0))
        if total != HUNDRED:
            what = f"{who}: weights sum to {show(total)}, not 100"
            yield finding(indicators, what, "Change them so that they sum to exactly 100.")
        counted = [row for row, weight in zip(indicators, weights, strict=True) if weight > 0]
        if len(counted) > MOST_INDICATORS:
            what = f"{who}: {len(counted)} indicators have a weight, more than {MOST_INDICATORS}"
            yield Warned(finding(counted, what, "Four to six are enough in practice."))


def outcome_share_holds(scorecards: ScorecardSet) -> Iterator[Finding]:
    known = scorecards.catalogue.indicators
    for row in scorecards.tables["scorecards"]:
        who, share = version_label(row), row["outcome_share"]
        if who is None or share is None:
            continue
        indicators = scorecards.of_version("scorecard_indicators", row)
        if any(one["weight"] is None or one["indicator_id"] not in known for one in indicators):
            continue
        outcome = [
            one for one in indicators if known[one["indicator_id"]]["dimension"] == "outcome"
        ]
        total = sum((one["weight"] for one in outcome), Decimal(0))
        if total != share:
            listed = f" (scorecard_indicators.csv, {line_list(outcome)})" if outcome else ""
            what = (
                f"{who}: outcome_share is {show(share)}, but the weights of its outcome "
                f"indicators sum to {show(total)}{listed}"
            )
            yield finding([row], what, "Change the weights or the share.")


def bands_span_the_scale(scorecards: ScorecardSet) -> Iterator[Finding]:
    for row in scorecards.tables["scorecards"]:
        who = version_label(row)
        if who is None:
            continue
        bands = scorecards.of_version("scorecard_bands", row)
        if not bands:
            yield finding([row], f"{who} has no bands", "Add its rows to scorecard_bands.csv.")
            continue
        if any(band.bad for band in bands):
            continue
        missing = [name for name in BANDS if name not in {band["band"] for band in bands}]
        if missing:
            what = f"{who}: band {' and '.join(missing)} is missing"
            yield finding(bands, what, f"Give all of: {', '.join(BANDS)}.")
        yield from _band_edges(who, sorted(bands, key=lambda band: band["lower_bound"]))


def _band_edges(who: str, bands: list[Row]) -> Iterator[Finding]:
    first, last = bands[0], max(bands, key=lambda band: band["upper_bound"])
    for band in bands:
        if band["lower_bound"] >= band["upper_bound"]:
            what = f"{who}: band {band['band']} is empty, {_span(band)}"
            yield finding([band], what, "Its upper bound must be above its lower bound.")
    if first["lower_bound"] != 0:
        what = f"{who}: bands begin at {show(first['lower_bound'])}, not 0"
        yield finding([first], what, "Let the lowest band begin at 0.")
    if last["upper_bound"] != HUNDRED:
        what = f"{who}: bands end at {show(last['upper_bound'])}, not 100"
        yield finding([last], what, "Let the highest band end at 100.")
    for lower, upper in pairwise(bands):
        names = f"{lower['band']} {_span(lower)} and {upper['band']} {_span(upper)}"
        if lower["upper_bound"] > upper["lower_bound"]:
            what = f"{who}: bands overlap, {names}"
            yield finding([lower, upper], what, "Let each band begin where the one below ends.")
        elif lower["upper_bound"] < upper["lower_bound"]:
            what = f"{who}: gap between bands, {names}"
            yield finding([lower, upper], what, "Let each band begin where the one below ends.")
        if BANDS.index(lower["band"]) > BANDS.index(upper["band"]):
            what = f"{who}: bands are not in the order {', '.join(BANDS)}: {names}"
            yield finding([lower, upper], what, "Exchange their bounds.")


def _span(band: Row) -> str:
    return f"{show(band['lower_bound'])} to {show(band['upper_bound'])}"


RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("scorecards", "scorecard_indicators"), weights_sum_to_100),
    (("scorecards", "scorecard_indicators"), outcome_share_holds),
    (("scorecards", "scorecard_bands"), bands_span_the_scale),
)
