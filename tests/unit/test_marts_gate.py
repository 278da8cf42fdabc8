"""The built marts against the last version: each shift is caught by the check that is named so."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from orchestration.base.errors import Blocked
from orchestration.company.company import load_company
from orchestration.expectations.gate import GateOutcome, expect_marts, require_passed
from orchestration.expectations.history import History
from orchestration.expectations.validation import plain_verdicts, validate
from orchestration.publishing.versions import DATABASE
from tests.support.gate import of_status
from tests.support.landing import CompanyFolder

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
Scores = dict[str, list[float | None]]
USUAL: Scores = {"large": [30.0] * 10 + [60.0] * 10 + [90.0] * 10, "small": [50.0] * 5}


def write(file: Path, dates: dict[date, Scores]) -> Path:
    """The columns of the mart that the gate reads; a score of None is an unscored account."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "create schema if not exists config; create table config.acknowledged_outages "
            "(table_name varchar, stale_from date, stale_until date); "
            "create schema marts; create table marts.fct_account_health (account_id varchar, "
            "as_of_date date, segment_id varchar, band varchar, score double, is_scored boolean)"
        )
        rows = [
            (f"{segment}{number}", day, segment, band(score), score, score is not None)
            for day, segments in dates.items()
            for segment, scores in segments.items()
            for number, score in enumerate(scores)
        ]
        connection.executemany("insert into marts.fct_account_health values (?,?,?,?,?,?)", rows)
    return file


def band(score: float | None) -> str | None:
    if score is None:
        return None
    return "unhealthy" if score < 40 else "fair" if score < 80 else "healthy"


def gate(
    folder: Path,
    now: Scores,
    before: dict[date, Scores] | None = None,
    *,
    on: date = FEBRUARY,
    history: History | None = None,
    answers: dict | None = None,
    judge=lambda suites: (plain_verdicts(suites), []),
    **limits: float,
) -> GateOutcome:
    build_file = write(folder / "build" / "warehouse.duckdb", {on: now})
    published = folder / "v1"
    write(published / DATABASE, before if before is not None else {JANUARY: USUAL})
    company = load_company(CompanyFolder(folder, marts=limits).folder)
    return expect_marts(
        build_file, published, company, history or History(), answers or {}, judge=judge
    )


def scores(*large: float | None) -> Scores:
    return {"large": list(large), "small": USUAL["small"]}


def test_nothing_is_compared_before_something_is_published(tmp_path):
    build_file = write(tmp_path / "b" / "warehouse.duckdb", {FEBRUARY: USUAL})
    company = load_company(CompanyFolder(tmp_path).folder)
    outcome = expect_marts(build_file, None, company, History(), {})
    assert {result.status for result in outcome.results} == {"not_judged"}


def test_the_same_scores_pass_and_small_segments_are_not_judged(tmp_path):
    outcome = gate(tmp_path, USUAL)
    assert of_status(outcome, "not_judged") == ["marts_mean_score_small"]
    assert of_status(outcome, "passed") == [
        "marts_accounts_scored",
        "marts_mean_score_large",
        "marts_band_share_unhealthy",
        "marts_band_share_fair",
        "marts_band_share_healthy",
    ]


PLANTED = {
    "marts_accounts_scored": (scores(*[30.0] * 7, *[None] * 8, *[60.0] * 8, *[90.0] * 7),),
    "marts_mean_score_large": (scores(*[39.0] * 10, *[77.0] * 10, *[97.0] * 10),),
    "marts_band_share_unhealthy": (scores(*[39.9] * 20, *[90.0] * 10),),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_shift_is_caught_by_the_expectation_of_that_name(tmp_path, name):
    outcome = gate(tmp_path, *PLANTED[name], judge=validate)
    assert name in of_status(outcome, "blocked")
    with pytest.raises(Blocked, match=f"{name}: .*usually"):
        require_passed(outcome)


def test_a_segment_that_is_gone_is_caught(tmp_path):
    renamed = {"big": USUAL["large"], "small": USUAL["small"]}
    assert of_status(gate(tmp_path, renamed), "blocked") == ["marts_mean_score_large"]


def test_a_date_is_compared_with_the_latest_one_up_to_it(tmp_path):
    other = scores(*[90.0] * 30)
    before = {date(2026, 1, 31): USUAL, date(2026, 3, 31): other}
    assert of_status(gate(tmp_path / "a", USUAL, before), "blocked") == []
    assert of_status(gate(tmp_path / "b", USUAL, before, on=date(2026, 3, 31)), "blocked")
    early = gate(tmp_path / "c", USUAL, before, on=date(2025, 12, 31))
    assert {result.status for result in early.results} == {"not_judged"}


@pytest.mark.parametrize("until", ["null", "date '2026-03-01'"])
def test_dates_of_an_outage_are_left_out_on_both_sides(tmp_path, until):
    silent = scores(*[None] * 30)
    build_file = write(
        tmp_path / "b" / "warehouse.duckdb",
        {JANUARY: USUAL, FEBRUARY: silent, date(2026, 3, 31): USUAL},
    )
    published = tmp_path / "v1"
    write(published / DATABASE, {JANUARY: USUAL, FEBRUARY: silent})
    with duckdb.connect(str(build_file)) as connection:
        insert = "insert into config.acknowledged_outages values ('tickets', '2026-02-01', {})"
        connection.execute(insert.format(until))
    company = load_company(CompanyFolder(tmp_path).folder)
    outcome = expect_marts(
        build_file, published, company, History(), {}, judge=lambda s: (plain_verdicts(s), [])
    )
    assert of_status(outcome, "blocked") == []
    (check,) = [r.check for r in outcome.results if r.name == "marts_accounts_scored"]
    on = JANUARY if until == "null" else date(2026, 3, 31)
    assert (check.what, check.usual) == (f"accounts scored on {on}", 35)


def test_limits_of_company_yml_count(tmp_path):
    moved = scores(*[34.0] * 10, *[64.0] * 10, *[94.0] * 10)
    assert of_status(gate(tmp_path / "a", moved), "blocked") == []
    strict = gate(tmp_path / "b", moved, mean_score_limit_points=3.0)
    assert of_status(strict, "blocked") == ["marts_mean_score_large"]
    small = gate(tmp_path / "c", {**USUAL, "small": [90.0] * 5}, minimum_accounts=5)
    assert of_status(small, "blocked") == ["marts_mean_score_small"]


def moved_before(points: float, **more: object) -> History:
    line = {"refresh_id": "r", "check": "marts_mean_score_large", "value": 60 + points, "usual": 60}
    return History.of([line | more])


def test_what_published_refreshes_moved_by_widens_the_limit_unless_it_is_stated(tmp_path):
    moved = scores(*[39.0] * 10, *[73.0] * 10, *[99.0] * 10)  # by about 10.3 points
    assert of_status(gate(tmp_path / "a", moved), "blocked") == ["marts_mean_score_large"]
    wider = gate(tmp_path / "b", moved, history=moved_before(11))
    assert of_status(wider, "blocked") == []
    acknowledged = moved_before(11, acknowledged="meant")
    again = gate(tmp_path / "c", moved, history=acknowledged)
    assert of_status(again, "blocked") == ["marts_mean_score_large"]
    stated = gate(tmp_path / "d", moved, history=moved_before(11), mean_score_limit_points=10.0)
    assert of_status(stated, "blocked") == ["marts_mean_score_large"]


def test_an_answer_covers_the_shift_it_was_given_for_and_no_greater_one(tmp_path):
    moved = scores(*[39.0] * 10, *[77.0] * 10, *[97.0] * 10)
    (block,) = [r.check.block for r in gate(tmp_path / "a", moved).of("blocked")]
    answers = {block.cause: {"meaning": "meant", "measured": block.measured}}
    outcome = gate(tmp_path / "b", moved, answers=answers)
    assert of_status(outcome, "warned") == ["marts_mean_score_large"]
    assert [r.acknowledged for r in outcome.of("warned")] == ["meant"]
    further = scores(*[39.9] * 10, *[79.9] * 10, *[99.0] * 10)
    assert of_status(gate(tmp_path / "c", further, answers=answers), "blocked")


def test_a_mart_that_can_not_be_read_blocks(tmp_path):
    build_file = tmp_path / "warehouse.duckdb"
    duckdb.connect(str(build_file)).close()
    company = load_company(CompanyFolder(tmp_path).folder)
    outcome = expect_marts(build_file, None, company, History(), {})
    assert of_status(outcome, "blocked") == ["fct_account_health_check_ran"]
