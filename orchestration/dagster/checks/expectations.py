"""Great Expectations' results as asset checks: a few for each raw table, and for the scored mart.

Only the mapping belongs here. A check holds all expectations of its kind; their names, figures and
limits stand in its metadata.
"""

from collections.abc import Iterable, Iterator

import dagster as dg

from orchestration.company.tables import raw_tables
from orchestration.expectations.checks import Result, in_words

KINDS = {
    "shape": "columns as declared; new ones are reported",
    "volume": "rows against the table's own history",
    "freshness": "age of its newest row",
    "values": "empty values, numbers and mixes against what is usual",
    "scores": "accounts scored, mean scores and bands against the last published version",
}
SHOWN = 10
NOTHING = {False: "nothing to mend", True: "nothing to check: not landed, or no such column"}


def raw_specs(keys: dict[str, dg.AssetKey]) -> list[dg.AssetCheckSpec]:
    """Of every raw table; `keys` are the assets by the table's name."""
    return [
        _spec(kind, keys[table])
        for table in raw_tables()
        for kind in ("shape", "volume", "freshness", "values")
    ]


def marts_specs(key: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """Of the mart that holds the scores."""
    return [_spec("scores", key)]


def check_results(
    specs: Iterable[dg.AssetCheckSpec], subjects: dict[dg.AssetKey, str], results: list[Result]
) -> Iterator[dg.AssetCheckResult]:
    """One result for each specification; Dagster wants one also where nothing was landed."""
    by_kind: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        by_kind.setdefault((result.check.subject, result.check.group), []).append(result)
    for spec in specs:
        yield _result(spec, by_kind.get((subjects[spec.asset_key], spec.name[len("gx_") :]), []))


def _spec(kind: str, key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        f"gx_{kind}", asset=key, description=f"Great Expectations: {KINDS[kind]}", blocking=True
    )


def _result(spec: dg.AssetCheckSpec, results: list[Result]) -> dg.AssetCheckResult:
    bad = [result for result in results if result.status in ("blocked", "warned")]
    is_blocked = any(result.is_blocked for result in bad)
    counts = {status: 0 for status in ("blocked", "warned", "passed", "not_judged")}
    for result in results:
        counts[result.status] += 1
    return dg.AssetCheckResult(
        passed=not bad,
        asset_key=spec.asset_key,
        check_name=spec.name,
        severity=dg.AssetCheckSeverity.ERROR if is_blocked else dg.AssetCheckSeverity.WARN,
        description="; ".join(in_words(result) for result in bad[:SHOWN]) or NOTHING[not results],
        metadata={
            **{status.replace("_", " "): number for status, number in counts.items()},
            **{result.name: in_words(result) for result in bad[:SHOWN]},
        },
    )
