"""One check and what became of it: the words that gates, page, history and Dagster share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.base.errors import Block

FIRST = "the first refresh: this is what later ones are compared with"
# What can become of a check. `not_judged`: measured, but nothing to hold it against yet.
STATUSES = ("blocked", "warned", "passed", "not_judged")


@dataclass(frozen=True)
class Check:
    """A measured value and its limits; None is no limit. Shares are 0-1, scores 0-100."""

    name: str
    subject: str  # the raw table or mart that it is about
    group: str  # shape | volume | freshness | values | scores
    what: str
    value: float | None = None
    unit: str = ""
    low: float | None = None
    high: float | None = None
    usual: float | None = None
    about: str = ""  # the column, segment or band that the name tells of
    is_blocking: bool | None = None  # None: as its suite says
    is_strict: bool = False  # the limits themselves are beyond
    is_personal: bool = False  # no figure of it is shown
    not_judged: str = ""  # why it is only measured
    block: Block | None = None  # what an operator may acknowledge where it fails
    remedy: str = ""  # what mends it, where it is more than the source
    # The check of a table's columns compares names instead of a number.
    columns: tuple[str, ...] | None = None
    expected_columns: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)  # by its suite: see expected.py


@dataclass(frozen=True)
class Result:
    """A check that was judged. `error`: what was raised while it was; that blocks."""

    check: Check
    status: str
    error: str = ""
    acknowledged: str = ""  # outage | meant, where an operator lets it pass

    @property
    def name(self) -> str:
        return self.check.name

    @property
    def is_blocked(self) -> bool:
        return self.status == "blocked"

    @property
    def is_warned(self) -> bool:
        return self.status == "warned"


def measured(check: Check) -> str:
    """The measured value in words, and how far it moved."""
    if check.is_personal:
        return "not shown (personal)"
    if check.columns is not None:
        return _columns(check)
    if check.value is None:
        return "nothing to measure"
    return number(check.value, check.unit) + _moved(check)


def limit(check: Check) -> str:
    """The limits in words."""
    if check.columns is not None:
        return f"{len(check.expected_columns)} columns"
    if check.is_personal and (check.low, check.high) != (None, None):
        return "not shown (personal)"
    more, less = ("more than", "less than") if check.is_strict else ("at least", "at most")
    low = "" if check.low is None else f"{more} {number(check.low, check.unit)}"
    high = "" if check.high is None else f"{less} {number(check.high, check.unit)}"
    return ", ".join(filter(None, [low, high])) or "none"


def number(value: float, unit: str) -> str:
    """A figure as people read it."""
    if unit == "share":
        return f"{value:.1%}"
    if unit == "of usual":
        return f"{value:.0%} of usual"
    is_round = abs(value) >= 1000 or float(value).is_integer()
    return f"{f'{value:,.0f}' if is_round else f'{value:.4g}'} {unit}".strip()


def _moved(check: Check) -> str:
    if check.usual is None or check.value is None:
        return ""
    usual = number(check.usual, check.unit)
    difference = check.value - check.usual
    if number(check.value, check.unit) == usual:
        return " (as usual)"
    if check.unit == "share":
        return f" (usually {usual}; {difference * 100:+.1f} points)"
    if check.unit == "points" or not check.usual:
        return f" (usually {usual}; {difference:+.4g})"
    return f" (usually {usual}; {difference / abs(check.usual):+.0%})"


def _columns(check: Check) -> str:
    found, expected = set(check.columns or ()), set(check.expected_columns)
    missing, unknown = sorted(expected - found), sorted(found - expected)
    parts = [f"missing: {', '.join(missing)}"] if missing else []
    parts += [f"unknown: {', '.join(unknown)}"] if unknown else []
    return "; ".join(parts) or f"{len(found)} columns"


def in_words(result: Result) -> str:
    """One line: what was checked, what was measured, what the limit is."""
    if result.error:
        return f"{result.name}: {result.error}"
    check = result.check
    return f"{check.name}: {check.what}: {measured(check)}; limit: {limit(check)}"
