"""The suites of expectations, as suites/*.yml has them: what is judged at a gate, and how hard.

A measured check takes from its suite what it is held to; its limits are put in where the suite asks
for them. So the files alone say what is expected, and page, history and both judges read one thing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.base.errors import HealthError
from orchestration.expectations.checks import Check

FOLDER = Path(__file__).parent / "suites"
COLUMNS, VALUES = "expect_table_columns_to_match_set", "expect_column_values_to_be_between"
# What each may be given; the measures of a gate are one row of numbers, so nothing else fits.
ARGUMENTS = {
    COLUMNS: {"column_set", "exact_match"},
    VALUES: {"column", "min_value", "max_value", "strict_min", "strict_max"},
}
SEVERITIES = ("critical", "warning")
ABOUT = ("column", "segment", "band")  # what a name may tell of a measure beside its table
LIMITS = {"min_value": "$low", "max_value": "$high"}


@dataclass(frozen=True)
class Expectation:
    """One entry of a suite."""

    name: str  # of the check, with the parts that differ in braces
    type: str
    kwargs: Mapping[str, Any]
    severity: str

    def is_of(self, check: Check) -> bool:
        """Whether it is about this check."""
        about = dict.fromkeys(ABOUT, check.about)
        return self.name.format(table=check.subject, **about) == check.name


def held_to_its_suite(gate: str, check: Check) -> Check:
    """The check with what its suite expects; only measured where the suite expects nothing."""
    found = [each for each in suite(gate, FOLDER) if each.is_of(check)]
    if not found:
        why = f"suites/{gate}.yml expects nothing of it"
        return replace(check, not_judged=why, is_blocking=False)
    return held_to(found[0], check)


def held_to(expected: Expectation, check: Check) -> Check:
    """The check with the limits and the severity that an expectation gives it."""
    is_blocking = check.is_blocking
    return replace(
        check,
        low=_limit(expected, "min_value", check.low),
        high=_limit(expected, "max_value", check.high),
        is_strict=bool(expected.kwargs.get("strict_min")),
        is_blocking=expected.severity == "critical" if is_blocking is None else is_blocking,
        expected={"type": expected.type, "kwargs": expected.kwargs},
    )


@cache
def suite(gate: str, folder: Path) -> tuple[Expectation, ...]:
    """The expectations of a gate, raw or marts. An entry that can't be judged is refused."""
    path = folder / f"{gate}.yml"
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["expectations"]
        return tuple(_read(entry, path.name) for entry in entries)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise HealthError(f"suites/{path.name} can't be read: {error!r}") from error


def _read(entry: Mapping[str, Any], file: str) -> Expectation:
    expected = Expectation(
        entry["meta"]["check"], entry["type"], entry["kwargs"], entry["severity"]
    )
    allowed = ARGUMENTS.get(expected.type, set())
    wrong = [f"{name}: {value}" for name, value in expected.kwargs.items() if name not in allowed]
    wrong += [
        f"{name}: {expected.kwargs[name]}"
        for name, asked in LIMITS.items()
        if type(expected.kwargs.get(name, 0)) is str and expected.kwargs[name] != asked
    ]
    strict = {bool(expected.kwargs.get(name)) for name in ("strict_min", "strict_max")}
    if len(strict) > 1:
        wrong.append("strict_min without strict_max")
    if not allowed:
        wrong.append(f"type: {expected.type} (possible are {', '.join(ARGUMENTS)})")
    if expected.severity not in SEVERITIES:
        wrong.append(f"severity: {expected.severity} (possible are {', '.join(SEVERITIES)})")
    if wrong:
        raise HealthError(f"suites/{file}, {expected.name}: {'; '.join(wrong)} can't be judged.")
    return expected


def _limit(expected: Expectation, argument: str, measured: float | None) -> float | None:
    """A number of the suite's own, the limit that was found, or none."""
    asked = expected.kwargs.get(argument)
    if asked is None:
        return None
    return measured if asked == LIMITS[argument] else float(asked)
