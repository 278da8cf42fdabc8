"""Mistakes that a person could make in the method's rules: each must be caught by a unit test.

A mutant is a file of the dbt project, what stands there once, and what stands there instead.
"""

from __future__ import annotations

from dataclasses import dataclass

METHOD = "macros/scoring/method.sql"
KNOWN = "macros/known.sql"


@dataclass(frozen=True)
class Seeded:
    """One mistake, and the rule that it breaks."""

    rule: str
    file: str
    right: str
    wrong: str


def _scoring(name: str) -> str:
    return f"models/scoring/int_scoring__{name}.sql"


def _activity(name: str) -> str:
    return f"models/activity/int_activity__{name}.sql"


SEEDED = (
    Seeded(
        "a band holds its lower bound",
        METHOD,
        ", 6) >= {{ band }}.lower_bound",
        ", 6) > {{ band }}.lower_bound",
    ),
    Seeded("the highest band holds 100", METHOD, "{{ band }}.upper_bound = 100", "false"),
    Seeded(
        "a score is rounded to six places before its band is read",
        METHOD,
        "round(cast({{ score }} as decimal(18, 12)), 6) >= {{ band }}",
        "round(cast({{ score }} as decimal(18, 12)), 7) >= {{ band }}",
    ),
    Seeded(
        "a tier holds its lower bound",
        METHOD,
        "{{ value }} >= coalesce({{ tier }}.lower_bound",
        "{{ value }} > coalesce({{ tier }}.lower_bound",
    ),
    Seeded("a line is clamped at 0 and 100", METHOD, "least(100,", "least(1000,"),
    Seeded(
        "effective weights are a share of those that count",
        METHOD,
        "100 * {{ weight }} / nullif({{ weight_sum }}, 0)",
        "{{ weight }}",
    ),
    Seeded("neutral is 50", METHOD, "neutral_score() -%}50", "neutral_score() -%}0"),
    Seeded(
        "a percentile needs twenty peers",
        METHOD,
        "minimum_percentile_population() -%}20",
        "minimum_percentile_population() -%}2",
    ),
    Seeded(
        "a percentile is turned round where lower is better",
        METHOD,
        "{{ direction }} = 'lower'",
        "{{ direction }} = 'higher'",
    ),
    Seeded(
        "nobody is a peer of itself",
        _scoring("percentiles"),
        "end - 1 as equal_count",
        "end as equal_count",
    ),
    Seeded(
        "of ratio and floor the lower counts",
        _scoring("indicator_scores"),
        "ratio_tiers.tier_score < value_tiers.tier_score",
        "ratio_tiers.tier_score > value_tiers.tier_score",
    ),
    Seeded(
        "an account's own level is the median",
        "models/indicators/int_adoption__own_levels.sql",
        "{{ median_of(levels) }} as baseline_level",
        "{{ levels[0] }} as baseline_level",
    ),
    Seeded(
        "a level needs five weeks",
        "models/indicators/int_adoption__own_levels.sql",
        "week_count >= {{ weeks_back[0] + 5 }}",
        "week_count >= {{ weeks_back[0] + 4 }}",
    ),
    Seeded(
        "what is filled is no coverage",
        _scoring("weighted_scores"),
        "sum(weight) filter (where is_measured) as measured_weight",
        "sum(counted_weight) as measured_weight",
    ),
    Seeded(
        "what does not concern an account is not missing",
        _scoring("weighted_scores"),
        "sum(weight) filter (where status <> 'not_applicable')",
        "sum(weight)",
    ),
    Seeded(
        "a required indicator that is missing leaves no score",
        _scoring("weighted_scores"),
        "when sums.missing_required_id is not null then 'required_indicator_missing'",
        "",
    ),
    Seeded(
        "the lowest cap binds",
        _scoring("knock_outs"),
        "order by applying.cap,",
        "order by applying.cap desc,",
    ),
    Seeded(
        "a cap above the score does nothing",
        _scoring("knock_outs"),
        "where applying.cap < weighted_scores.weighted_score",
        "",
    ),
    Seeded(
        "an override beats a cap",
        _scoring("account_scores"),
        "coalesce(override_score, computed_score)",
        "least(override_score, computed_score)",
    ),
    Seeded(
        "unscored stays unscored",
        _scoring("account_scores"),
        "case when is_scored then coalesce(override_score, computed_score) end as score",
        "coalesce(override_score, computed_score) as score",
    ),
    Seeded(
        "the overall rating is the worst known",
        _scoring("account_scores"),
        "min({{ severity_rank('rating') }})",
        "max({{ severity_rank('rating') }})",
    ),
    Seeded(
        "an override that has expired is over",
        _scoring("judgements"),
        "and not is_expired",
        "",
    ),
    Seeded(
        "a person's flag beats what is measured",
        _scoring("module_scores"),
        "when flag = 'red' or red_rule_id",
        "when red_rule_id",
    ),
    Seeded(
        "a provisional date compares as the end of its week",
        "macros/windows.sql",
        "add_days(week_ends_on(date), -days)",
        "add_days(date, -days)",
    ),
    Seeded(
        "a return is no activity",
        _activity("account_days"),
        "where action_count > 0",
        "",
    ),
    Seeded(
        "a row counts from when it was known",
        _activity("usage_rows"),
        "greatest(known_from, period_ends_on) as counts_from",
        "period_ends_on as counts_from",
    ),
    Seeded(
        "a user is active while one row is known, not in between",
        "macros/windows.sql",
        "case when counts_from > known_until then 1 else 0 end",
        "0",
    ),
    Seeded(
        "a version ends when the next is known",
        KNOWN,
        "{{ date }} < {{ alias }}.known_until",
        "true",
    ),
)
