"""What a lever promises is what happens: the value is landed better, and the score is as foretold.

Every account of the second company has one value changed to the one that its lever aims at, and all
is refreshed from nothing. The score then is the one before plus the lever's points, to 1e-9.
"""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.small import SmallCompany, bands

LAST_DAY = date(2025, 6, 29)  # a Sunday
# account: rating of the relationship (tiers), satisfaction (linear), use a day in the last week
PLAIN = {
    "tiers": (6, 5, 6),
    "linear": (6, 2, 6),
    "level": (6, 5, 6),
    "capped": (2, 9, 6),
}
# the rest only has ratings and satisfaction, judged among each other
RANKED = {f"p{number:02}": (6, number * 0.4) for number in range(21)}
# account: indicator, and what the lever aims at
LEVERS = {
    "tiers": ("relationship_rating", 8),
    "linear": ("csat", 5),
    "level": ("usage_vs_baseline", 70),
    "capped": ("relationship_rating", 5),
    "p03": ("csat", 4),
}


def write_company(root: Path, *, is_better: bool) -> SmallCompany:
    company = SmallCompany(root)
    company.score_with(
        segments=[{"segment_id": name, "segment_name": name} for name in ("plain", "ranked")],
        segment_rules=[
            {
                "rule_order": 1,
                "segment_id": "ranked",
                "field": "region",
                "operator": "=",
                "value": "ranked",
            },
            {"rule_order": 2, "segment_id": "plain", "operator": "always"},
        ],
        scorecards=[
            {
                "scorecard_id": name,
                "version": 1,
                "segment_id": name,
                "scorecard_name": name,
                "valid_from": "2000-01-01",
                "cadence": "weekly",
                "grading": "score",
                "minimum_coverage": 0.5,
            }
            for name in ("plain", "ranked")
        ],
        scorecard_indicators=[
            indicator("plain", "relationship_rating", 45, "tiers"),
            indicator("plain", "csat", 35, "linear", linear_worst=0, linear_best=10),
            indicator("plain", "usage_vs_baseline", 20, "own_baseline"),
            indicator("ranked", "relationship_rating", 50, "tiers"),
            indicator("ranked", "csat", 50, "percentile"),
        ],
        scorecard_tiers=[
            *tiers("plain", "relationship_rating", "value", {"": 0, 5: 50, 8: 100}),
            *tiers("plain", "usage_vs_baseline", "value", {"": 0, 10: 100}),
            *tiers("plain", "usage_vs_baseline", "baseline_ratio", {"": 0, 0.5: 40, 1: 90}),
            *tiers("ranked", "relationship_rating", "value", {"": 0, 5: 50, 8: 100}),
            *tiers("ranked", "csat", "value", {"": 0, 5: 100}),
        ],
        scorecard_bands=bands("plain", "ranked"),
        knock_outs=[
            {
                "scorecard_id": "plain",
                "version": 1,
                "knock_out_id": "bad_relationship",
                "indicator_id": "relationship_rating",
                "operator": "<",
                "threshold": 3,
                "cap": 39,
                "reason": "The relationship is rated below 3 of 10",
            }
        ],
    )
    ratings = {name: values[0] for name, values in (PLAIN | RANKED).items()}
    satisfaction = {name: values[1] for name, values in (PLAIN | RANKED).items()}
    last_week = {name: use for name, (_, _, use) in PLAIN.items()}
    if is_better:
        for account, (name, value) in LEVERS.items():
            if name == "relationship_rating":
                ratings[account] = value
            elif name == "csat":
                satisfaction[account] = value
            else:
                last_week[account] = value / 7
    company.land(
        accounts=[
            {
                "account_id": name,
                "name": name,
                "region": "ranked" if name in RANKED else "",
                "created_at": "2024-01-01",
            }
            for name in PLAIN | RANKED
        ],
        csm_assessments=[
            {
                "assessment_id": f"a-{name}",
                "account_id": name,
                "kind": "relationship_rating",
                "score": rating,
                "scale_max": 10,
                "reason": "Regular rating",
                "author": "csm_1",
                "assessed_at": "2025-06-02T09:00:00Z",
            }
            for name, rating in ratings.items()
        ],
        survey_responses=[
            {
                "response_id": f"r-{name}",
                "account_id": name,
                "survey": "csat",
                "sent_at": "2025-06-01T09:00:00Z",
                "responded_at": "2025-06-02T09:00:00Z",
                "score": score,
                "scale_min": 0,
                "scale_max": 10,
            }
            for name, score in satisfaction.items()
        ],
        usage_daily=[
            {
                "account_id": name,
                "user_id": "u1",
                "module": "mail",
                "used_on": LAST_DAY - timedelta(days=day),
                "period": "day",
                "events": int(use) if day < 7 else 10,
            }
            for name, use in last_week.items()
            for day in range(7 * 14)
        ],
    )
    return company


def indicator(scorecard: str, name: str, weight: float, method: str, **ends: float) -> dict:
    return {
        "scorecard_id": scorecard,
        "version": 1,
        "indicator_id": name,
        "weight": weight,
        "method": method,
        "missing_policy": "exclude",
        "is_required": "false",
        **ends,
    }


def tiers(scorecard: str, name: str, tier_set: str, scores: dict) -> list[dict]:
    return [
        {
            "scorecard_id": scorecard,
            "version": 1,
            "indicator_id": name,
            "tier_set": tier_set,
            "lower_bound": bound,
            "score": score,
        }
        for bound, score in scores.items()
    ]


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory) -> tuple[SmallCompany, SmallCompany]:
    root = tmp_path_factory.mktemp("levers")
    companies = []
    for is_better in (False, True):
        company = write_company(root, is_better=is_better)
        done = company.refresh()
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        companies.append(company.set_aside(root / ("better" if is_better else "as_it_is")))
    return companies[0], companies[1]


def computed_scores(company: SmallCompany) -> dict[str, float]:
    rows = company.rows(
        "select account_id, computed_score from marts.fct_account_health where is_latest"
    )
    return dict(rows)


def test_every_lever_keeps_its_promise(before_and_after):
    before, after = before_and_after
    scores, better = computed_scores(before), computed_scores(after)
    levers = {
        (account, name): (value, points)
        for account, name, value, points in before.rows(
            "select account_id, indicator_id, coalesce(next_tier_value, segment_median_value), "
            "lever_points from marts.fct_health_levers"
        )
    }
    for account, (name, value) in LEVERS.items():
        aimed_at, points = levers[account, name]
        assert aimed_at == pytest.approx(value, abs=1e-9), account
        assert points > 1, account
        assert better[account] == pytest.approx(scores[account] + points, rel=0, abs=1e-9), account


def test_the_levers_points_are_those_worked_out_by_hand(before_and_after):
    before, _ = before_and_after
    levers = {
        (account, name): tuple(rest)
        for account, name, *rest in before.rows(
            "select account_id, indicator_id, points_to_next_tier, points_to_segment_median, "
            "lever_points, blocked_by_knock_out from marts.fct_health_levers"
        )
    }
    # 45 x (100 - 50), 35 x (50 - 20), 20 x (90 - 40), each by 100
    assert levers["tiers", "relationship_rating"] == pytest.approx((22.5, None, 22.5, None))
    assert levers["linear", "csat"] == pytest.approx((None, 10.5, 10.5, None))
    assert levers["level", "usage_vs_baseline"] == pytest.approx((10, None, 10, None))
    # 0 x 45 + 90 x 35 + 40 x 20 = 39.5, capped at 39; rated 5: 62, and no cap
    assert levers["capped", "relationship_rating"] == pytest.approx((22.5, 22.5, 23, None))
    assert levers["capped", "usage_vs_baseline"][2:] == (0, "bad_relationship")
    # 3 of 20 are below p03, at the median 9 and one equal: 50 x (47.5 - 15) by 100
    assert levers["p03", "csat"] == pytest.approx((None, 16.25, 16.25, None))
