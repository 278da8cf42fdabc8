"""The two gates: measure, judge, and say what blocks. What was found is the caller's to keep."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.base.errors import Block, Blocked
from orchestration.base.interrupts import raise_if_interrupted
from orchestration.base.lockdown import open_read_only
from orchestration.base.masking import engine_message
from orchestration.company.company import Company
from orchestration.company.tables import raw_tables
from orchestration.expectations.checks import Check, Result, in_words
from orchestration.expectations.context import RawContext
from orchestration.expectations.expected import held_to_its_suite
from orchestration.expectations.history import History
from orchestration.expectations.marts_suite import MART, marts_checks
from orchestration.expectations.raw_measures import RawMeasures, measure
from orchestration.expectations.raw_suite import outage_checks, raw_checks
from orchestration.expectations.validation import Verdict, validate
from orchestration.expectations.volume import FAR
from orchestration.landing.loads import Load

# Entered for whole periods: they don't say how far the data reaches (as in the models' calendar).
NOT_DATING = {"business_outcomes", "onboarding_milestones", "readiness_checks"}
SHOWN = 10
# An answer covers the shift that it was given for, and up to a tenth more.
TOLERANCE = 1.1

Suites = Mapping[str, Sequence[Check]]
Judge = Callable[[Suites], tuple[dict[str, Verdict], list[dict[str, Any]]]]
Answers = Mapping[str, Mapping[str, Any]]


@dataclass
class GateOutcome:
    """What a gate found. `documents` are the results of Great Expectations as JSON."""

    gate: str  # raw | marts
    results: list[Result]
    documents: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def of(self, status: str) -> list[Result]:
        """The results of one status, in the order of the suites."""
        return [result for result in self.results if result.status == status]

    @property
    def standing(self) -> list[Block]:
        """Outages that go on: an operator may say that what they brought is meant."""
        outages = [r.check for r in self.of("warned") if r.check.name.endswith("_outage")]
        return [check.block for check in outages if check.block]

    @property
    def summary(self) -> str:
        """The gate's last line of progress."""
        counts = {status: len(self.of(status)) for status in ("passed", "warned", "blocked")}
        return ", ".join(f"{count} {status}" for status, count in counts.items())


def expect_raw(
    build_file: Path,
    company: Company,
    loads: list[Load],
    history: History,
    answers: Answers,
    *,
    run_date: date,
    as_of: date | None,
    judge: Judge = validate,
    folders: Sequence[Path] = (),
    memory_limit: str = "",
) -> GateOutcome:
    """Every raw table that is present, as it stands in the build file after landing.

    `folders` are those that its raw tables read from.
    """
    began = time.monotonic()
    suites: dict[str, list[Check]] = {}
    errors: list[Result] = []
    with open_read_only(build_file, *folders, memory_limit=memory_limit) as connection:
        context = RawContext(connection, company, loads, history, run_date)
        with _failing("config", errors):
            outages = connection.execute("select * from config.acknowledged_outages").fetchall()
            for table, since, until in outages:
                context.outages.setdefault(table, []).append((since, until or FAR))
        measures: dict[str, RawMeasures] = {}
        for name in _present(connection, errors):
            with _failing(name, errors):
                published = context.published_load
                measures[name] = measure(
                    connection, raw_tables()[name], company.time_zone, run_date, published
                )
        context.as_of = as_of or _as_of(company, measures, run_date)
        for name, measured in measures.items():
            with _failing(name, errors):
                suites[f"raw_{name}"] = [
                    *raw_checks(measured, context),
                    *outage_checks(name, context),
                ]
    return _outcome("raw", suites, errors, answers, judge, began)


def expect_marts(
    build_file: Path,
    published: Path | None,
    company: Company,
    history: History,
    answers: Answers,
    *,
    judge: Judge = validate,
) -> GateOutcome:
    """The built marts against the folder of the published version; None where there is none."""
    began = time.monotonic()
    suites: dict[str, list[Check]] = {}
    errors: list[Result] = []
    with _failing(MART, errors):
        suites["marts"] = marts_checks(build_file, published, company.marts, history)
    return _outcome("marts", suites, errors, answers, judge, began)


def require_passed(outcome: GateOutcome) -> None:
    """Raise Blocked with what moved, by how much, and what may be done about it."""
    blocked = outcome.of("blocked")
    if not blocked:
        return
    where = "the raw tables" if outcome.gate == "raw" else "the built marts"
    lines = [
        f"{len(blocked)} expectation{'s' if len(blocked) > 1 else ''} on {where} failed; nothing "
        "was published, readers keep the last version."
    ]
    for result in blocked[:SHOWN]:
        lines += [f"  {in_words(result)}", f"    to do: {_to_do(result)}"]
    if len(blocked) > SHOWN:
        lines.append(f"  and {len(blocked) - SHOWN} more, on the page of the expectations.")
    blocks = [
        replace(result.check.block, message=in_words(result))
        for result in blocked
        if result.check.block and not result.error
    ]
    raise Blocked("\n".join(lines), blocks)


def _to_do(result: Result) -> str:
    block = result.check.block
    if result.error:
        return "the check itself failed: mend what it names, and run the refresh again."
    if block is None:
        return "mend the table's files, and run the refresh again."
    if not block.may_be_outage:
        why = result.check.remedy or "find out why."
        return (
            f"{why} If it is right: health acknowledge "
            f"{block.check} --as meant --author … --reason …"
        )
    return (
        f"mend the feed and land {block.table} again; or health acknowledge {block.table} "
        "--as outage (what rests on it is stale until it is back) or --as meant (it is true), "
        "with --author … --reason …"
    )


def _outcome(
    gate: str,
    suites: Suites,
    errors: list[Result],
    answers: Answers,
    judge: Judge,
    began: float,
) -> GateOutcome:
    held: dict[str, list[Check]] = {}
    verdicts: dict[str, Verdict] = {}
    documents: list[dict[str, Any]] = []
    with _failing("great_expectations", errors):
        for name, checks in suites.items():
            held[name] = [held_to_its_suite(gate, check) for check in checks]
        judged = {name: [c for c in checks if not c.not_judged] for name, checks in held.items()}
        verdicts, documents = judge({name: checks for name, checks in judged.items() if checks})
    results = [
        _result(check, verdicts.get(check.name), answers)
        for checks in held.values()
        for check in checks
    ]
    return GateOutcome(gate, errors + results, documents, time.monotonic() - began)


def _result(check: Check, verdict: Verdict | None, answers: Answers) -> Result:
    if check.not_judged:
        return Result(check, "not_judged")
    if verdict is None:
        return Result(check, "blocked", error="it was not judged")
    if verdict.error:
        return Result(check, "blocked", error=f"{engine_message(verdict.error)}")
    if verdict.is_met:
        return Result(check, "passed")
    meaning = _answer(check, answers)
    if check.is_blocking and not meaning:
        return Result(check, "blocked")
    return Result(check, "warned", acknowledged=meaning)


def _answer(check: Check, answers: Answers) -> str:
    """What an operator said of this cause; a shift of the marts may not have grown since."""
    answer = answers.get(check.block.cause) if check.block else None
    if answer is None or check.block is None:
        return ""
    if not check.block.may_be_outage and answer["measured"] is not None:
        said, now = answer["measured"], check.block.measured or 0.0
        if said * now < 0 or abs(now) > abs(said) * TOLERANCE:
            return ""
    return answer["meaning"]


@contextmanager
def _failing(subject: str, errors: list[Result]) -> Iterator[None]:
    """An exception inside a check is a failure of it, and blocks."""
    try:
        yield
    except Exception as error:
        raise_if_interrupted()
        name, what = f"{subject}_check_ran", f"checks of {subject}"
        check = Check(name, subject, "shape", what, is_blocking=True)
        text = f"{type(error).__name__}: {engine_message(error)}"
        errors.append(Result(check, "blocked", error=text))


def _present(connection: Any, errors: list[Result]) -> list[str]:
    """Raw tables that any load ever brought, in the order of the specification."""
    found: set[str] = set()
    with _failing("raw", errors):
        rows = connection.execute("select distinct table_name from raw.table_loads").fetchall()
        found = {name for (name,) in rows}
    return [name for name in raw_tables() if name in found]


def _as_of(company: Company, measures: Mapping[str, RawMeasures], run_date: date) -> date | None:
    """The day that the refresh will speak for, as the models' calendar finds it."""
    if company.as_of == "run_date":
        return run_date
    days = [m.newest for name, m in measures.items() if m.newest and name not in NOT_DATING]
    return max(days, default=None)
