"""What a score is compared with, from landed files to the marts: a company of two accounts.

A week after it was shown, an answer comes that was given before it, within 35 days. The newest date
is a Wednesday, off the weekly cadence. Then the company looks at an earlier date again.
"""

from datetime import date
from typing import Any, NamedTuple

import pytest

from tests.support.small import Rows, SmallCompany, bands
from tests.support.states import begin_anew

SUNDAY, WEDNESDAY = "2025-06-08", "2025-06-11"
THIRTEEN_WEEKS_BEFORE = "2025-03-09"
CAUSES = "select * from marts.fct_score_changes order by all"
CHANGES = (
    "select * exclude (restated_points, sentence) from marts.fct_score_change_totals order by 1, 2"
)
STORIES = "select * from marts.fct_score_change_totals order by account_id, as_of_date"
HEALTH = "select account_id, as_of_date::varchar, score_change_91d from marts.fct_account_health"
CALLS = "select cta_id, opened_on::varchar, refresh_id from marts.fct_ctas order by cta_id"


class Seen(NamedTuple):
    """What readers see after one refresh."""

    causes: list[tuple]
    changes: list[tuple]
    stories: list[tuple]
    calls: list[tuple]
    health: list[tuple]


def answer(key: str, account: str, day: str, score: int) -> dict[str, object]:
    return {
        "response_id": key,
        "account_id": account,
        "contact_id": "c1",
        "survey": "nps",
        "sent_at": day,
        "responded_at": day,
        "score": score,
        "scale_min": 0,
        "scale_max": 10,
    }


def land_on(company: SmallCompany, day: str, **tables: Rows) -> None:
    (company.folder / "landed" / day).mkdir()
    company.land(**{f"{day}/{name}": rows for name, rows in tables.items()})


def weekly_by_nps(company: SmallCompany) -> None:
    company.score_with(
        segments=[
            {
                "segment_id": "all",
                "segment_name": "All",
                "description": "All",
                "onboarding_days": 90,
                "renewal_days": 90,
            }
        ],
        segment_rules=[{"rule_order": 1, "segment_id": "all", "operator": "always"}],
        scorecards=[
            {
                "scorecard_id": "main",
                "version": 1,
                "segment_id": "all",
                "scorecard_name": "Main",
                "valid_from": "2000-01-01",
                "cadence": "weekly",
                "grading": "score",
                "minimum_coverage": 0.5,
            }
        ],
        scorecard_bands=bands("main"),
        scorecard_indicators=[
            {
                "scorecard_id": "main",
                "version": 1,
                "indicator_id": "nps",
                "weight": 100,
                "method": "linear",
                "missing_policy": "exclude",
                "is_required": "false",
                "linear_worst": -100,
                "linear_best": 100,
            }
        ],
        cta_rules=[
            {
                "rule_id": "unhappy",
                "module_id": "sentiment",
                "indicator_id": "nps",
                "operator": "<",
                "threshold": 0,
                "kind": "risk",
                "severity": "high",
                "owning_team": "customer_success",
                "owner_role": "csm",
                "due_in_days": 7,
                "quiet_days": 7,
                "is_red": "false",
            }
        ],
    )


def refreshed(company: SmallCompany, *arguments: str) -> Seen:
    done = company.refresh(*arguments)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return Seen(*(company.rows(sql) for sql in (CAUSES, CHANGES, STORIES, CALLS, HEALTH)))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: Any) -> dict[str, Seen]:
    company = SmallCompany(tmp_path_factory.mktemp("comparisons"), score_from=date(2025, 3, 2))
    weekly_by_nps(company)
    land_on(
        company,
        "2025-06-09",
        accounts=[
            {"account_id": name, "name": name, "created_at": "2024-01-01"}
            for name in ("answers_late", "turns")
        ],
        survey_responses=[
            answer("r1", "answers_late", "2025-01-15", 10),
            answer("r2", "turns", "2025-01-15", 8),
        ],
    )
    ways = {"first": refreshed(company, "--as-of", SUNDAY)}
    land_on(
        company,
        "2025-06-11",
        survey_responses=[
            answer("r3", "answers_late", "2025-05-30", 0),
            answer("r4", "turns", "2025-06-09", 3),
        ],
    )
    ways["incremental"] = refreshed(company, "--as-of", WEDNESDAY)
    ways["again"] = refreshed(company, "--as-of", WEDNESDAY, "--full")
    ways["back"] = refreshed(company, "--as-of", SUNDAY)
    ways["forth"] = refreshed(company, "--as-of", WEDNESDAY)
    begin_anew(company.root / "state" / "small")
    ways["from nothing"] = refreshed(company, "--as-of", WEDNESDAY)
    return ways


def story(seen: Seen, account: str, day: str) -> dict[str, object]:
    names = ("score_change", "restated_points", "sentence")
    (row,) = [row for row in seen.stories if row[0] == account and str(row[1]) == day]
    return dict(zip(names, (row[5], row[7], row[9]), strict=True))


def test_a_restatement_stands_beside_the_change_and_is_no_cause(seen):
    assert story(seen["incremental"], "answers_late", SUNDAY) == {
        "score_change": 0,
        "restated_points": -100,
        "sentence": "no change since 2025-06-01; 100 was published for 2025-06-01, it is 0",
    }
    assert {row[2] for row in seen["incremental"].causes} == {"behaviour"}


def test_the_rows_of_thirteen_weeks_add_up_to_the_change_over_91_days(seen):
    (changed,) = [
        row[2] for row in seen["incremental"].health if row[:2] == ("answers_late", SUNDAY)
    ]
    points = [
        row[6]
        for row in seen["incremental"].causes
        if row[0] == "answers_late" and THIRTEEN_WEEKS_BEFORE < str(row[1]) <= SUNDAY
    ]
    assert changed == sum(points) == -100


def test_a_provisional_date_is_told_alike_in_every_way(seen):
    """The Sunday before it was restated by the first of these refreshes, not by the others."""
    told = story(seen["incremental"], "answers_late", WEDNESDAY)
    assert told == {
        "score_change": 0,
        "restated_points": None,
        "sentence": f"no change since {SUNDAY}",
    }
    for way in ("again", "forth"):
        assert seen[way].stories == seen["incremental"].stories, way
    for way in ("again", "forth", "from nothing"):
        assert seen[way].causes == seen["incremental"].causes, way
        assert seen[way].changes == seen["incremental"].changes, way


def test_an_earlier_date_after_a_later_one_shows_no_call_that_opens_later(seen):
    later = ("unhappy:2025-06-11:turns", WEDNESDAY)
    assert later in [row[:2] for row in seen["incremental"].calls]
    assert [row[1] for row in seen["back"].calls if row[1] > SUNDAY] == []
    assert seen["back"].calls != []
    assert seen["forth"].calls == seen["incremental"].calls
