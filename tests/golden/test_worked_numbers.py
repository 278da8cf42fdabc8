"""The worked numbers of the method, each to 1e-9, through the real models from measurement to mart.

The measurements of a few accounts are written where the indicator models would have written them;
scoring and marts are built from there in a copy of the dbt project. Most indicators here are
linear from 0 to 100, so that the raw value is the score.
"""

import csv
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.base.build_files import SCRATCH, file_of, open_build
from orchestration.base.settings import PROJECT_ROOT, exported, silence_telemetry
from orchestration.scorecards.lint import require_valid
from orchestration.warehouse.build import close_duckdb

AS_OF_DATE = "2025-06-29"
SCORECARDS = {
    "three": [("active_days_28d", 60), ("csat", 20), ("ticket_satisfaction", 20)],
    "restaurant": [
        ("weekly_usage_hours", 10),
        ("modules_used_ratio", 10),
        ("units_in_use_ratio", 10),
        ("decision_maker_lowest_score", 50),
        ("relationship_rating", 10),
        ("north_star_to_target_ratio", 10),
    ],
    "four": [
        ("ticket_satisfaction", 10),
        ("weekly_active_to_seats_ratio", 50),
        ("modules_used_ratio", 35),
        ("csat", 5),
    ],
    "capped": [("weekly_active_to_seats_ratio", 100)],
    "promoters": [("nps", 100)],
}
SCORECARDS["restaurant_requires_rating"] = SCORECARDS["restaurant"]
REQUIRED = ("restaurant_requires_rating", "decision_maker_lowest_score")
RATING_MISSING = [100, 40, 100, None, 60, 80]
# account: its scorecard, and the score of each of the scorecard's indicators; None: missing
ACCOUNTS = {
    "three_measured": ("three", [100, 80, 30]),
    "last_missing": ("three", [100, 80, None]),
    "rated": ("restaurant", [100, 40, 100, 40, 60, 80]),
    "rating_missing": ("restaurant", RATING_MISSING),
    "required_rating_missing": ("restaurant_requires_rating", RATING_MISSING),
    "support_at_25": ("four", [25, 72, 61, None]),
    "support_at_63": ("four", [63, 72, 61, None]),
    "unhappy_owner": ("capped", [92]),
    "promoters_and_detractors": ("promoters", [0]),
}
KNOCK_OUT = {
    "scorecard_id": "capped",
    "version": 1,
    "knock_out_id": "decision_maker_unhappy",
    "indicator_id": "decision_maker_lowest_score",
    "operator": "<",
    "threshold": 5,
    "cap": 39,
    "reason": "A decision maker's survey answer is below 5 of 10",
}
SHIPPED = PROJECT_ROOT / "seeds" / "scorecards"
MODELS = (
    "int_indicators__required",
    "path:models/scoring",
    "int_actions__quadrants",
    "fct_account_health",
    "fct_indicator_scores",
    "fct_module_scores",
)


def write_table(folder: Path, name: str, rows: list[dict]) -> None:
    with (SHIPPED / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        columns = next(csv.reader(file))
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def write_scorecards(folder: Path) -> None:
    """One segment and one scorecard per example, all by the same few rules."""
    folder.mkdir(parents=True)
    versions = [{"scorecard_id": name, "version": 1} for name in SCORECARDS]
    write_table(folder, "segments", [{"segment_id": n, "segment_name": n} for n in SCORECARDS])
    rules = [
        {"rule_order": order, "segment_id": name, "field": "region", "operator": "=", "value": name}
        for order, name in enumerate(SCORECARDS, 1)
    ]
    rules[-1] |= {"field": "", "operator": "always", "value": ""}
    write_table(folder, "segment_rules", rules)
    stated = {"valid_from": "2000-01-01", "cadence": "weekly", "grading": "score"}
    write_table(
        folder,
        "scorecards",
        [
            row
            | stated
            | {
                "segment_id": row["scorecard_id"],
                "scorecard_name": row["scorecard_id"],
                "minimum_coverage": 0.5,
            }
            for row in versions
        ],
    )
    indicators = [
        {
            "scorecard_id": name,
            "version": 1,
            "indicator_id": indicator,
            "weight": weight,
            "method": "linear",
            "missing_policy": "exclude",
            "is_required": "true" if (name, indicator) == REQUIRED else "false",
            "linear_worst": -100 if indicator == "nps" else 0,
            "linear_best": 100,
        }
        for name, weights in SCORECARDS.items()
        for indicator, weight in weights
    ]
    write_table(folder, "scorecard_indicators", indicators)
    write_table(folder, "scorecard_tiers", [])
    bands = [("unhealthy", 0, 40), ("fair", 40, 80), ("healthy", 80, 100)]
    write_table(
        folder,
        "scorecard_bands",
        [
            row | {"band": band, "lower_bound": lower, "upper_bound": upper}
            for row in versions
            for band, lower, upper in bands
        ],
    )
    write_table(folder, "knock_outs", [KNOCK_OUT])
    for name in ("cta_rules", "playbooks", "playbook_steps", "escalations", "module_teams"):
        write_table(folder, name, [])


def write_measurements(build_file: Path) -> None:
    """What staging and the indicator models would have left for these accounts."""
    connection = duckdb.connect(str(build_file))
    connection.execute(f"attach '{file_of(build_file, SCRATCH)}' as {SCRATCH}")
    connection.execute(
        """
        create schema scratch_file.indicators;
        create schema raw; create schema config; create schema staging; create schema indicators;
        create table raw.table_loads as select timestamp '2020-01-01' as loaded_at;
        create table config.company as select 'EUR' as reporting_currency;
        create table staging.stg_csm_assessments (
            assessment_id varchar, account_id varchar, kind varchar, module varchar,
            rating varchar, score decimal(18, 6), scale_max decimal(18, 6), band varchar,
            assessed_at timestamp, expires_at timestamp, cleared_at timestamp,
            known_from date, known_until date
        );
        create table staging.stg_cta_actions (
            action_id varchar, cta_id varchar, account_id varchar, module varchar, action varchar,
            step varchar, until date, acted_at timestamp, known_from date, known_until date
        );
        create table indicators.int_accounts__build_bounds as
            select 1 as build_number, date '2025-01-01' as first_date,
            date '2025-01-01' as build_from, date '2025-01-01' as all_accounts_from;
        create table scratch_file.indicators.int_accounts__calendar (
            as_of_date date, is_newest boolean, is_before boolean
        );
        create table scratch_file.indicators.int_accounts__as_of_dates (as_of_date date);
        create table scratch_file.indicators.int_indicators__account_dates (
            account_id varchar, as_of_date date, is_cadence boolean, is_newest boolean,
            segment_id varchar, lifecycle_stage varchar, scorecard_id varchar,
            scorecard_version integer, yearly_value_amount decimal(18, 4),
            days_to_renewal integer, csm_id varchar
        );
        create view scratch_file.indicators.int_accounts__as_of as
            select account_id, as_of_date
            from scratch_file.indicators.int_indicators__account_dates;
        create table scratch_file.indicators.int_indicators__carried_dates (
            account_id varchar, as_of_date date
        );
        create table scratch_file.indicators.int_accounts__changed_dates (
            account_id varchar, as_of_date date
        );
        create table scratch_file.indicators.int_indicators__measurements (
            account_id varchar, as_of_date date, indicator_id varchar, status varchar,
            raw_value double, baseline_value double
        );
        create view scratch_file.indicators.int_indicators__judged as
            select account_id, as_of_date, scorecard_id, scorecard_version, true as is_own
            from scratch_file.indicators.int_indicators__account_dates;
        create table scratch_file.indicators.int_indicators__asked_besides (
            account_id varchar, as_of_date date, indicator_id varchar, module_id varchar
        );
        create table scratch_file.indicators.int_indicators__previous_dates (
            account_id varchar, as_of_date date, previous_as_of_date date, is_cadence boolean
        );
        create schema ledger;
        create table ledger.published_scores (
            account_id varchar, as_of_date date, refresh_id varchar, score double,
            unscored_reason varchar, is_withdrawn boolean
        );
        create table scratch_file.indicators.int_indicators__ratings_as_of (
            account_id varchar, as_of_date date, kind varchar, rating varchar
        );
        """
    )
    connection.execute(
        "insert into scratch_file.indicators.int_accounts__calendar values (?, true, false)",
        [AS_OF_DATE],
    )
    for account, (scorecard, scores) in ACCOUNTS.items():
        connection.execute(
            "insert into scratch_file.indicators.int_indicators__account_dates "
            "values (?, ?, true, true, ?, 'adoption', ?, 1, null, null, null)",
            [account, AS_OF_DATE, scorecard, scorecard],
        )
        measured = [
            (indicator, score)
            for (indicator, _), score in zip(SCORECARDS[scorecard], scores, strict=True)
        ]
        if scorecard == KNOCK_OUT["scorecard_id"]:
            measured.append((KNOCK_OUT["indicator_id"], 2))
        connection.executemany(
            "insert into scratch_file.indicators.int_indicators__measurements "
            "values (?, ?, ?, ?, ?, null)",
            [
                (account, AS_OF_DATE, name, "no_response" if value is None else "measured", value)
                for name, value in measured
            ],
        )
    connection.close()


@pytest.fixture(scope="module")
def health(tmp_path_factory) -> dict[str, dict]:
    """The rows of fct_account_health by account, with the sum of their contributions."""
    from dbt.cli.main import dbtRunner

    silence_telemetry()
    root = tmp_path_factory.mktemp("worked_numbers")
    project = root / "dbt_project"
    leave = shutil.ignore_patterns("generated", "target", "logs")
    shutil.copytree(PROJECT_ROOT / "dbt_project", project, ignore=leave)
    shutil.copytree(PROJECT_ROOT / "seeds" / "catalogue", root / "seeds" / "catalogue")
    scorecards = project / "generated" / "scorecards"
    write_scorecards(scorecards)
    (project / "generated" / "models").mkdir()
    require_valid(scorecards, root / "seeds" / "catalogue")
    build_file = root / "warehouse.duckdb"
    write_measurements(build_file)
    environment = {
        "HEALTH_TARGET": "duckdb",
        "HEALTH_BUILD_FILE": str(build_file),
        "SCORECARDS_DIR": "generated/scorecards",
        "GENERATED_MODELS": "generated/models",
    }
    places = ["--project-dir", str(project), "--profiles-dir", str(project)]
    places += ["--target-path", str(root / "target"), "--log-path", str(root / "logs"), "--quiet"]
    with exported(environment):
        for command in (["seed"], ["run", "--select", *MODELS]):
            outcome = dbtRunner().invoke([*command, *places])
            assert outcome.success, outcome.exception or outcome.result
    close_duckdb()
    with open_build(build_file) as connection:
        rows = connection.execute(
            """
            select health.*, sums.contribution_sum
            from marts.fct_account_health as health
            left join (
                select account_id, sum(contribution) as contribution_sum
                from marts.fct_indicator_scores
                group by account_id
            ) as sums on health.account_id = sums.account_id
            """
        )
        names = [column[0] for column in rows.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in rows.fetchall()}


def exactly(value: float):
    return pytest.approx(value, rel=0, abs=1e-9)


def test_golden_1_weights_60_20_20(health):
    assert health["three_measured"]["score"] == exactly(82)
    assert health["three_measured"]["coverage_ratio"] == exactly(1)
    assert health["last_missing"]["score"] == exactly(95)
    assert health["last_missing"]["coverage_ratio"] == exactly(0.8)


def test_golden_2_a_silent_owner_does_not_lift_the_score(health):
    assert health["rated"]["score"] == exactly(58)
    assert health["rating_missing"]["score"] == exactly(76)
    assert health["rating_missing"]["coverage_ratio"] == exactly(0.5)
    row = health["required_rating_missing"]
    assert row["is_scored"] is False
    assert row["score"] is None and row["weighted_score"] is None and row["band"] is None
    assert row["unscored_reason"] == "required_indicator_missing"
    assert "decision_maker_lowest_score" in row["unscored_explanation"]
    assert row["coverage_ratio"] == exactly(0.5)


def test_golden_3_support_lifts_the_score_from_63_to_67(health):
    assert health["support_at_25"]["score"] == exactly(63)
    assert health["support_at_63"]["score"] == exactly(67)


def test_golden_4_an_unhappy_owner_caps_92_at_39(health):
    row = health["unhappy_owner"]
    assert row["weighted_score"] == exactly(92)
    assert row["computed_score"] == exactly(39)
    assert row["score"] == exactly(39)
    assert row["band"] == "unhealthy"
    assert row["knock_out_id"] == "decision_maker_unhappy"
    assert "survey" in row["knock_out_reason"]


def test_golden_5_an_nps_of_0_is_50(health):
    assert health["promoters_and_detractors"]["score"] == exactly(50)


def test_contributions_sum_to_the_weighted_score(health):
    scored = [row for row in health.values() if row["is_scored"]]
    assert len(scored) == len(ACCOUNTS) - 1
    for row in scored:
        assert row["contribution_sum"] == exactly(row["weighted_score"]), row["account_id"]
