"""What the methods of a version need: ends, tiers, caps."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from orchestration.scorecards.scorecard_set import (
    Rule,
    ScorecardSet,
    Warned,
    finding,
    grouped,
    indicator_key,
    version_label,
)
from orchestration.scorecards.tables import Finding, Row, label, nearest, show

TIER_SETS = {
    "tiers": ("value",),
    "percentile": ("value",),
    "own_baseline": ("value", "baseline_ratio"),
    "linear": (),
}
TIER_SET_KEY = ("scorecard_id", "version", "indicator_id", "tier_set")


def methods_have_what_they_need(scorecards: ScorecardSet) -> Iterator[Finding | Warned]:
    known = scorecards.catalogue.indicators
    for row in scorecards.tables["scorecard_indicators"]:
        method, indicator = row["method"], row["indicator_id"]
        if method is None or indicator not in known or version_label(row) is None:
            continue
        who = label(row.cells)
        direction = known[indicator]["direction"]
        if method == "own_baseline" and known[indicator]["has_baseline"].lower() != "true":
            able = [one for one, cells in known.items() if cells["has_baseline"].lower() == "true"]
            what = f"{who}has no baseline, so own_baseline can't be its method"
            yield finding([row], what, f"Use another method; with a baseline: {', '.join(able)}.")
        if direction == "two_sided" and method in ("linear", "percentile"):
            what = f"{who}is bad at both ends, so {method} can't judge it"
            yield finding([row], what, "Use the method tiers.")
        if direction == "context" and row["weight"]:
            what = f"{who}is context only, but has weight {show(row['weight'])}"
            yield finding([row], what, "Set the weight to 0.")
        if method == "linear":
            yield from _linear_ends(row, who, direction)
        elif row.cells["linear_worst"] or row.cells["linear_best"]:
            what = f"{who}linear_worst and linear_best are not read with the method {method}"
            yield Warned(finding([row], what, "Leave them empty."))


def _linear_ends(row: Row, who: str, direction: str) -> Iterator[Finding | Warned]:
    if row.bad.intersection(("linear_worst", "linear_best")):
        return
    worst, best = row["linear_worst"], row["linear_best"]
    if worst is None or best is None:
        absent = " and ".join(name for name in ("linear_worst", "linear_best") if row[name] is None)
        yield finding([row], f"{who}the method linear has no {absent}", "Fill it in.")
    elif worst == best:
        what = f"{who}linear_worst and linear_best are both {show(worst)}"
        yield finding([row], what, "Give two different values.")
    elif direction in ("higher", "lower") and (best > worst) != (direction == "higher"):
        what = f"{who}best {show(best)} and worst {show(worst)}, but {direction} is better"
        yield Warned(finding([row], what, "Exchange them, unless it is meant so."))


def tiers_have_a_lowest(scorecards: ScorecardSet) -> Iterator[Finding]:
    for tiers in grouped(scorecards.tables["scorecard_tiers"], *TIER_SET_KEY).values():
        bounds = [tier["lower_bound"] for tier in tiers]
        if None not in bounds:
            what = (
                f"{label(tiers[0].cells)}there is no lowest tier, "
                f"values below {show(min(bounds))} have no score"
            )
            yield finding(tiers, what, "Add a tier with an empty lower_bound.")


def methods_have_their_tiers(scorecards: ScorecardSet) -> Iterator[Finding]:
    sets = grouped(scorecards.tables["scorecard_tiers"], *TIER_SET_KEY)
    unclear = {indicator_key(row) for row in scorecards.tables["scorecard_tiers"] if row.bad}
    for row in scorecards.tables["scorecard_indicators"]:
        key = indicator_key(row)
        if None in key or key in unclear:
            continue
        for tier_set in TIER_SETS.get(row["method"], ()):
            if (*key, tier_set) not in sets:
                what = f"{label(row.cells)}the method {row['method']} has no {tier_set} tiers"
                remedy = f"Add them to scorecard_tiers.csv with the tier_set {tier_set}."
                yield finding([row], what, remedy)


def tiers_are_read(scorecards: ScorecardSet) -> Iterator[Finding | Warned]:
    methods = {
        indicator_key(row): row["method"] for row in scorecards.tables["scorecard_indicators"]
    }
    for key, tiers in grouped(scorecards.tables["scorecard_tiers"], *TIER_SET_KEY).items():
        who = label(tiers[0].cells)
        if key[:3] not in methods:
            own = sorted(other[2] for other in methods if other[:2] == key[:2] and other[2])
            what = f"{who}the scorecard does not have this indicator{nearest(key[2], own)}"
            yield finding(tiers, what, "Add it to scorecard_indicators.csv, or remove the tiers.")
            continue
        method = methods[key[:3]]
        if method is not None and key[3] not in TIER_SETS[method]:
            what = f"{who}the indicator's method {method} does not read these tiers"
            yield Warned(finding(tiers, what, "Remove them."))


def tiers_follow_the_direction(scorecards: ScorecardSet) -> Iterator[Warned]:
    known = scorecards.catalogue.indicators
    for key, tiers in grouped(scorecards.tables["scorecard_tiers"], *TIER_SET_KEY).items():
        direction = known.get(key[2], {}).get("direction")
        if direction not in ("higher", "lower") or any(tier.bad for tier in tiers):
            continue
        lowest = Decimal("-Infinity")
        ordered = sorted(
            tiers, key=lambda t: lowest if t["lower_bound"] is None else t["lower_bound"]
        )
        for below, above in pairwise(ordered):
            rises = above["score"] - below["score"]
            if (rises < 0 and direction == "higher") or (rises > 0 and direction == "lower"):
                what = (
                    f"{label(below.cells)}the score goes from {show(below['score'])} to "
                    f"{show(above['score'])} as the value grows, but {direction} is better"
                )
                yield Warned(finding([below, above], what, "Correct it, unless it is meant so."))
                break


def knock_outs_can_bind(scorecards: ScorecardSet) -> Iterator[Finding]:
    known = scorecards.catalogue.indicators
    for row in scorecards.tables["knock_outs"]:
        if known.get(row["indicator_id"], {}).get("direction") == "context":
            what = f"{label(row.cells)}is context only and can't cap a score by itself"
            yield finding([row], what, "Use max_days_to_renewal with another indicator.")


RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("scorecard_indicators",), methods_have_what_they_need),
    (("scorecard_tiers",), tiers_have_a_lowest),
    (("scorecard_indicators", "scorecard_tiers"), methods_have_their_tiers),
    (("scorecard_indicators", "scorecard_tiers"), tiers_are_read),
    (("scorecard_tiers",), tiers_follow_the_direction),
    (("knock_outs",), knock_outs_can_bind),
)
