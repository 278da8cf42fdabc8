"""Great Expectations: suites of expectations over small frames of aggregates, judged in memory.

The only module that imports it, because the import takes seconds: beside other work where somebody
begins it there (`begin_import`), else when the first suite is judged. The suites are files, see
expected.py; what an entry asks for is put in here. A frame has
one row of measures, no value of a landed row; results are asked for as BOOLEAN_ONLY, so that none
could come back. Anything that is raised is a failure of its check.
"""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from orchestration.base.settings import silence_telemetry
from orchestration.base.spared import importing
from orchestration.expectations.checks import Check

IMPORTING = threading.Lock()
# What it imports for expectations that no suite has: tests of distributions, and their charts …
LATER = {"scipy.stats", "altair"}
# … and for tables in databases, which it does without where this is not installed.
NEVER = {"sqlalchemy"}


@dataclass(frozen=True)
class Verdict:
    """Whether an expectation was met; `error` is what was raised, and then it was not."""

    is_met: bool
    error: str = ""


def validate(suites: Mapping[str, Sequence[Check]]) -> tuple[dict[str, Verdict], list[dict]]:
    """Judge the checks of all suites: verdicts by the check's name, and the results as JSON."""
    verdicts: dict[str, Verdict] = {}
    documents: list[dict] = []
    if not any(suites.values()):
        return verdicts, documents
    _import()
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    quiet = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=quiet)
    source = context.data_sources.add_pandas("aggregates")
    for name, checks in suites.items():
        asset = source.add_dataframe_asset(name)
        for part, some in _parts(checks).items():
            suite = gx.ExpectationSuite(f"{name}_{part}", [_expectation(each) for each in some])
            definition = asset.add_batch_definition_whole_dataframe(part)
            batch = definition.get_batch(batch_parameters={"dataframe": _frame(part, some)})
            found = batch.validate(suite, result_format="BOOLEAN_ONLY")
            document = found.to_json_dict()
            documents.append(_shown(document))
            for result in document["results"]:
                meta = result["expectation_config"]["meta"]
                error = _raised(result.get("exception_info") or {})
                verdicts[meta["check"]] = Verdict(result["success"] and not error, error)
    return verdicts, documents


def begin_import() -> threading.Thread:
    """Import Great Expectations beside other work; whoever judges waits for what is left of it."""

    def run() -> None:
        with suppress(Exception):  # whoever judges meets it again, and tells it
            _import()

    thread = threading.Thread(target=run, name="great_expectations", daemon=True)
    thread.start()
    return thread


def _import() -> None:
    """By one thread at a time: two that import one thing from two ends may see halves of it."""
    with IMPORTING, importing(LATER, NEVER):
        silence_telemetry()
        import great_expectations  # noqa: F401


def plain_verdicts(suites: Mapping[str, Sequence[Check]]) -> dict[str, Verdict]:
    """The same judgement without Great Expectations: for replays of many days."""
    return {check.name: Verdict(_is_met(check)) for some in suites.values() for check in some}


def _is_met(check: Check) -> bool:
    if check.columns is not None:
        return set(check.columns) == set(check.expected_columns)
    value = check.value
    if value is None or value != value:  # nothing, or not a number
        return False
    low = check.low is None or (value > check.low if check.is_strict else value >= check.low)
    high = check.high is None or (value < check.high if check.is_strict else value <= check.high)
    return low and high


def _parts(checks: Sequence[Check]) -> dict[str, list[Check]]:
    """A table's columns are one frame, its measures another."""
    parts = {
        "columns": [check for check in checks if check.columns is not None],
        "measures": [check for check in checks if check.columns is None],
    }
    return {part: some for part, some in parts.items() if some}


def _frame(part: str, checks: Sequence[Check]) -> Any:
    import pandas

    if part == "columns":
        return pandas.DataFrame(columns=list(checks[0].columns or ()))
    measured = {check.name: [check.value] for check in checks}
    return pandas.DataFrame(measured, dtype="float64")


def _expectation(check: Check) -> dict[str, Any]:
    """An entry of the suite, with what was measured put in where the suite asks for it."""
    asked = {
        "{check}": check.name,
        "$low": check.low,
        "$high": check.high,
        "$columns": list(check.expected_columns),
    }
    kind = check.expected["type"]
    kwargs = {
        name: asked[value] if type(value) is str else value
        for name, value in check.expected["kwargs"].items()
    }
    is_unknown = check.value is None or check.value != check.value
    if check.columns is None and (is_unknown or (check.low is None and check.high is None)):
        # no value is no value between limits, but an empty column would pass as that
        kind, kwargs = "expect_column_values_to_not_be_null", {"column": check.name}
    return {
        "type": kind,
        "kwargs": kwargs,
        "severity": "critical" if check.is_blocking else "warning",
        "meta": {"check": check.name},
    }


def _raised(info: Mapping[str, Any]) -> str:
    """The first message of what was raised; Great Expectations nests it by metric, or not."""
    nested = [value for value in info.values() if isinstance(value, Mapping)]
    for each in [info, *nested]:
        if each.get("raised_exception"):
            return str(each.get("exception_message") or "an exception without a message")
    return ""


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """The document without tracebacks, which name folders of this machine, and without metadata."""
    kept = ("success", "suite_name", "statistics")
    results = [
        {
            "success": result["success"],
            "expectation_type": result["expectation_config"]["type"],
            "severity": result["expectation_config"].get("severity"),
            "kwargs": {
                name: value
                for name, value in result["expectation_config"]["kwargs"].items()
                if name != "batch_id"
            },
            "check": result["expectation_config"]["meta"]["check"],
            "exception": _raised(result.get("exception_info") or {}),
        }
        for result in document["results"]
    ]
    return {**{name: document[name] for name in kept}, "results": results}
