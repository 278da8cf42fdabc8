"""Each way in which a scorecard set can't be used, made from a small set that can."""

import csv
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.base.errors import BadInput
from orchestration.scorecards.lint import lint_scorecards, require_valid
from orchestration.scorecards.tables import TABLES
from orchestration.warehouse.project import mirror_scorecards

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "seeds" / "catalogue"

# Two segments; `enterprise` has a fallback and a scorecard for one stage, and two versions.
VALID = {
    "segments": """\
segment_id,segment_name,description,onboarding_days,renewal_days
enterprise,Enterprise,"Large, with a contract",90,120
others,Others,,,
""",
    "segment_rules": """\
rule_order,segment_id,field,operator,value
1,enterprise,employee_count,>=,500
1,enterprise,customer_type,in,company|group
2,others,,always,
""",
    "scorecards": """\
scorecard_id,version,segment_id,lifecycle_stage,scorecard_name,valid_from,cadence,grading,\
minimum_coverage,outcome_share,outcome_cutoff,experience_cutoff
enterprise,1,enterprise,,Enterprise,2025-01-01,weekly,score,0.5,60,,
enterprise,2,enterprise,,Enterprise,2025-07-01,weekly,score,0.5,,,
starting,1,enterprise,onboarding,Starting,2025-01-01,weekly,worse,0.5,,,
others,1,others,,Others,2025-01-01,monthly,ctas,0.5,,,
""",
    "scorecard_indicators": """\
scorecard_id,version,indicator_id,weight,method,missing_policy,is_required,linear_worst,linear_best
enterprise,1,usage_vs_baseline,40,own_baseline,exclude,false,,
enterprise,1,modules_used_ratio,20,percentile,exclude,false,,
enterprise,1,nps,25.5,linear,neutral,true,-100,100
enterprise,1,days_overdue,14.5,tiers,exclude,false,,
enterprise,2,nps,100,linear,exclude,false,-100,100
starting,1,milestones_overdue,100,linear,exclude,false,5,0
others,1,days_overdue,100,linear,exclude,false,60,0
others,1,days_to_renewal,0,linear,exclude,false,0,365
""",
    "scorecard_tiers": """\
scorecard_id,version,indicator_id,tier_set,lower_bound,score
enterprise,1,usage_vs_baseline,value,,0
enterprise,1,usage_vs_baseline,value,200,100
enterprise,1,usage_vs_baseline,baseline_ratio,,0
enterprise,1,usage_vs_baseline,baseline_ratio,0.9,100
enterprise,1,modules_used_ratio,value,,0
enterprise,1,modules_used_ratio,value,0.5,100
enterprise,1,days_overdue,value,,100
enterprise,1,days_overdue,value,1,40
enterprise,1,days_overdue,value,30,0
""",
    "scorecard_bands": """\
scorecard_id,version,band,lower_bound,upper_bound
enterprise,1,unhealthy,0,40
enterprise,1,fair,40,80
enterprise,1,healthy,80,100
enterprise,2,unhealthy,0,50
enterprise,2,fair,50,80
enterprise,2,healthy,80,100
starting,1,unhealthy,0,40
starting,1,fair,40,80
starting,1,healthy,80,100
others,1,unhealthy,0,40
others,1,fair,40,80
others,1,healthy,80,100
""",
    "knock_outs": """\
scorecard_id,version,knock_out_id,indicator_id,operator,threshold,max_days_to_renewal,cap,reason
enterprise,1,unhappy,decision_maker_lowest_score,<,5,180,39,A decision maker is unhappy
""",
    "cta_rules": """\
rule_id,segment_id,lifecycle_stage,module_id,indicator_id,operator,threshold,kind,severity,\
playbook_id,owning_team,owner_role,due_in_days,quiet_days,is_red
late_payment,,,commercial,days_overdue,>=,30,risk,high,late_payment,finance,csm,7,14,false
""",
    "playbooks": """\
playbook_id,segment_id,playbook_name,runs_by_itself,description
late_payment,,Late payment,false,An invoice stays unpaid.
late_payment,others,Late payment: by mail,true,
""",
    "playbook_steps": """\
playbook_id,segment_id,step_id,step_order,step,owner_role,due_in_days
late_payment,,check_the_terms,1,Check the terms,controller,2
late_payment,,ask_the_customer,2,Ask the customer,csm,5
late_payment,others,send_a_mail,1,Send a mail,,1
""",
    "escalations": """\
severity,days_open,level,team
high,7,team_lead,
high,14,other_team,product
""",
    "module_teams": """\
module_id,owning_team,ctas_for_red
commercial,finance,2
""",
}


class Set:
    """A scorecard set in a folder, to be altered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, text in VALID.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.folder / f"{name}.csv").read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {name}.csv"
        self.write(name, text.replace(old, new))

    def add(self, name: str, *lines: str) -> None:
        path = self.folder / f"{name}.csv"
        self.write(name, path.read_text(encoding="utf-8") + "".join(f"{line}\n" for line in lines))

    def errors(self) -> list[str]:
        return lint_scorecards(self.folder, CATALOGUE).errors

    def warnings(self) -> list[str]:
        result = lint_scorecards(self.folder, CATALOGUE)
        assert result.errors == []
        return result.warnings

    def only_error(self) -> str:
        errors = self.errors()
        assert len(errors) == 1, errors
        return errors[0]


@pytest.fixture
def scorecards(tmp_path: Path) -> Set:
    folder = tmp_path / "scorecards"
    folder.mkdir()
    return Set(folder)


def test_the_set_that_the_others_alter_is_valid(scorecards: Set) -> None:
    assert scorecards.errors() == []
    assert scorecards.warnings() == []


def test_the_starter_is_valid_without_a_warning() -> None:
    result = lint_scorecards(ROOT / "seeds" / "scorecards", CATALOGUE)
    assert (result.errors, result.warnings) == ([], [])


def test_usage_events_alone_reach_the_minimum_coverage_of_the_starter() -> None:
    folder = ROOT / "seeds" / "scorecards"
    with (folder / "scorecard_indicators.csv").open(newline="") as file:
        weights = {row["indicator_id"]: float(row["weight"]) for row in csv.DictReader(file)}
    with (folder / "scorecards.csv").open(newline="") as file:
        (scorecard,) = csv.DictReader(file)
    assert len(weights) == 5
    assert weights["usage_vs_baseline"] / 100 >= float(scorecard["minimum_coverage"])


def test_steps_without_the_file_of_their_playbooks_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "scorecards"
    shutil.copytree(ROOT / "seeds" / "scorecards", folder)
    (folder / "playbooks.csv").unlink()
    (error,) = lint_scorecards(folder, CATALOGUE).errors
    assert error.startswith("playbooks.csv: is missing, and playbook_steps.csv is there")
    (folder / "playbook_steps.csv").unlink()
    assert lint_scorecards(folder, CATALOGUE).errors == []


def test_the_check_imports_nothing_heavy() -> None:
    code = (
        "import sys, orchestration.scorecards.lint\n"
        "print(sorted({'pandas', 'duckdb', 'dbt', 'dagster', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# ------------------------------------------------------------------ weights


def test_weights_that_sum_to_105_are_refused_with_name_version_and_sum(scorecards: Set) -> None:
    scorecards.replace("scorecard_indicators", "enterprise,1,nps,25.5", "enterprise,1,nps,30.5")
    assert scorecards.only_error() == (
        "scorecard_indicators.csv, lines 2-5: scorecard enterprise version 1: "
        "weights sum to 105, not 100. Change them so that they sum to exactly 100."
    )


def test_the_published_example_with_its_sum_of_105_is_refused() -> None:
    (error,) = lint_scorecards(ROOT / "tests/fixtures/scorecards/weights_105", CATALOGUE).errors
    assert "scorecard enterprise version 1: weights sum to 105, not 100" in error


@pytest.mark.parametrize(("weight", "total"), [("25.499999", "99.999999"), ("25.6", "100.1")])
def test_weights_are_added_exactly(scorecards: Set, weight: str, total: str) -> None:
    scorecards.replace("scorecard_indicators", "nps,25.5,", f"nps,{weight},")
    assert f"weights sum to {total}, not 100" in scorecards.only_error()


def test_three_thirds_do_not_make_100(scorecards: Set) -> None:
    scorecards.replace(
        "scorecard_indicators",
        "enterprise,2,nps,100,linear,exclude,false,-100,100",
        "enterprise,2,nps,33.333333,linear,exclude,false,-100,100\n"
        "enterprise,2,csat,33.333333,linear,exclude,false,0,10\n"
        "enterprise,2,handover_grade,33.333333,linear,exclude,false,0,10",
    )
    assert "version 2: weights sum to 99.999999, not 100" in scorecards.only_error()


def test_a_version_without_indicators_is_refused(scorecards: Set) -> None:
    scorecards.replace(
        "scorecard_indicators", "enterprise,2,nps,100,linear,exclude,false,-100,100\n", ""
    )
    error = scorecards.only_error()
    assert error.startswith("scorecards.csv, line 3: scorecard enterprise version 2")
    assert "no indicators, its weights sum to 0, not 100" in error


def test_a_negative_weight_is_refused_even_where_the_sum_is_100(scorecards: Set) -> None:
    scorecards.replace("scorecard_indicators", "usage_vs_baseline,40", "usage_vs_baseline,70")
    scorecards.replace("scorecard_indicators", "nps,25.5", "nps,-4.5")
    scorecards.replace("scorecards", ",score,0.5,60", ",score,0.5,")
    error = scorecards.only_error()
    assert "scorecard enterprise version 1, indicator nps: weight is -4.5, below 0" in error


def test_a_weight_finer_than_the_warehouse_keeps_is_refused(scorecards: Set) -> None:
    scorecards.replace("scorecard_indicators", "nps,25.5,", "nps,25.5000001,")
    assert any("weight 25.5000001 has too many digits" in error for error in scorecards.errors())


def test_an_outcome_share_that_does_not_hold_is_refused_with_both_sums(scorecards: Set) -> None:
    scorecards.replace("scorecards", "score,0.5,60", "score,0.5,80")
    error = scorecards.only_error()
    assert error.startswith("scorecards.csv, line 2: scorecard enterprise version 1")
    assert "outcome_share is 80" in error
    assert "sum to 60 (scorecard_indicators.csv, lines 2-3)" in error


def test_a_weight_on_context_is_refused(scorecards: Set) -> None:
    scorecards.replace("scorecard_indicators", "days_overdue,100,linear", "days_overdue,90,linear")
    scorecards.replace("scorecard_indicators", "days_to_renewal,0,", "days_to_renewal,10,")
    assert "days_to_renewal: is context only, but has weight 10" in scorecards.only_error()


def test_more_than_ten_weighted_indicators_are_a_warning(scorecards: Set) -> None:
    more = ["csat", "handover_grade", "relationship_rating", "ticket_satisfaction"]
    more += ["survey_response_ratio", "milestones_on_time_ratio", "modules_used_ratio"]
    more += ["invoices_late_ratio", "discount_pct", "bugs_open"]
    scorecards.replace("scorecard_indicators", "enterprise,2,nps,100,", "enterprise,2,nps,0,")
    scorecards.add(
        "scorecard_indicators",
        *(f"enterprise,2,{one},10,linear,exclude,false,{ends(one)}" for one in more),
    )
    assert scorecards.warnings() == []  # ten, and one that is only shown
    scorecards.replace("scorecard_indicators", "enterprise,2,nps,0,", "enterprise,2,nps,5,")
    scorecards.replace("scorecard_indicators", "enterprise,2,csat,10,", "enterprise,2,csat,5,")
    (warning,) = scorecards.warnings()
    assert "scorecard enterprise version 2: 11 indicators have a weight, more than 10" in warning


def ends(indicator: str) -> str:
    return "10,0" if indicator in ("invoices_late_ratio", "discount_pct", "bugs_open") else "0,10"


# ------------------------------------------------------------------ bands


def test_overlapping_bands_are_refused(scorecards: Set) -> None:
    scorecards.replace("scorecard_bands", "enterprise,1,fair,40,80", "enterprise,1,fair,35,80")
    error = scorecards.only_error()
    assert error.startswith("scorecard_bands.csv, lines 2-3: scorecard enterprise version 1")
    assert "bands overlap, unhealthy 0 to 40 and fair 35 to 80" in error


def test_a_gap_between_bands_is_refused(scorecards: Set) -> None:
    scorecards.replace("scorecard_bands", "enterprise,1,healthy,80", "enterprise,1,healthy,81")
    error = scorecards.only_error()
    assert "lines 3-4: scorecard enterprise version 1: gap between bands" in error
    assert "fair 40 to 80 and healthy 81 to 100" in error


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("starting,1,unhealthy,0,", "starting,1,unhealthy,1,", "bands begin at 1, not 0"),
        ("starting,1,healthy,80,100", "starting,1,healthy,80,99", "bands end at 99, not 100"),
        ("starting,1,healthy,80,100", "starting,1,healthy,80,101", "upper_bound is 101, above 100"),
    ],
)
def test_bands_that_do_not_span_the_scale_are_refused(
    scorecards: Set, old: str, new: str, expected: str
) -> None:
    scorecards.replace("scorecard_bands", old, new)
    error = scorecards.only_error()
    assert "scorecard starting version 1" in error
    assert expected in error


def test_an_unknown_band_is_refused_with_the_nearest(scorecards: Set) -> None:
    scorecards.replace("scorecard_bands", "others,1,healthy", "others,1,healty")
    error = scorecards.only_error()
    assert "scorecard_bands.csv, line 13: scorecard others version 1, band healty" in error
    assert 'unknown band "healty" (did you mean "healthy"?)' in error


def test_a_version_without_bands_or_with_one_missing_is_refused(scorecards: Set) -> None:
    scorecards.replace("scorecard_bands", "others,1,fair,40,80\n", "")
    scorecards.replace("scorecard_bands", "others,1,unhealthy,0,40", "others,1,unhealthy,0,80")
    assert "scorecard others version 1: band fair is missing" in scorecards.only_error()
    scorecards.replace("scorecard_bands", "others,1,unhealthy,0,80\n", "")
    scorecards.replace("scorecard_bands", "others,1,healthy,80,100\n", "")
    assert "scorecard others version 1 has no bands" in scorecards.only_error()


def test_bands_in_another_order_are_refused(scorecards: Set) -> None:
    scorecards.replace("scorecard_bands", "others,1,unhealthy,0,40", "others,1,healthy,0,40")
    scorecards.replace("scorecard_bands", "others,1,healthy,80,100", "others,1,unhealthy,80,100")
    assert any("bands are not in the order" in error for error in scorecards.errors())


def test_an_empty_band_is_refused(scorecards: Set) -> None:
    scorecards.replace("scorecard_bands", "others,1,unhealthy,0,40", "others,1,unhealthy,0,0")
    scorecards.replace("scorecard_bands", "others,1,fair,40,80", "others,1,fair,0,80")
    assert "band unhealthy is empty, 0 to 0" in scorecards.only_error()


# ------------------------------------------------------------------ tiers and methods


def test_tiers_without_a_lowest_are_refused(scorecards: Set) -> None:
    scorecards.replace("scorecard_tiers", "days_overdue,value,,100", "days_overdue,value,0,100")
    error = scorecards.only_error()
    assert error.startswith("scorecard_tiers.csv, lines 8-10: scorecard enterprise version 1")
    assert "no lowest tier, values below 0 have no score" in error


@pytest.mark.parametrize(
    ("old", "new", "bound"),
    [
        ("days_overdue,value,30,0", "days_overdue,value,1.0,0", "begin at 1. "),
        ("days_overdue,value,1,40", "days_overdue,value,,40", "begin at minus infinity (empty)"),
    ],
)
def test_overlapping_tiers_are_refused(scorecards: Set, old: str, new: str, bound: str) -> None:
    scorecards.replace("scorecard_tiers", old, new)
    error = scorecards.only_error()
    assert "scorecard enterprise version 1, indicator days_overdue, tier set value" in error
    assert "tiers overlap: 2 of them" in error
    assert bound in error


@pytest.mark.parametrize(
    ("score", "expected"), [("101", "score is 101, above 100"), ("-1", "score is -1, below 0")]
)
def test_a_tier_score_off_the_scale_is_refused(scorecards: Set, score: str, expected: str) -> None:
    scorecards.replace(
        "scorecard_tiers", "days_overdue,value,1,40", f"days_overdue,value,1,{score}"
    )
    error = scorecards.only_error()
    assert error.startswith("scorecard_tiers.csv, line 9: scorecard enterprise version 1")
    assert expected in error


@pytest.mark.parametrize(
    ("indicator", "method"), [("days_overdue", "tiers"), ("modules_used_ratio", "percentile")]
)
def test_a_method_without_its_tiers_is_refused(
    scorecards: Set, indicator: str, method: str
) -> None:
    scorecards.write(
        "scorecard_tiers",
        "".join(
            line
            for line in VALID["scorecard_tiers"].splitlines(keepends=True)
            if indicator not in line
        ),
    )
    error = scorecards.only_error()
    assert f"scorecard enterprise version 1, indicator {indicator}" in error
    assert f"the method {method} has no value tiers" in error


@pytest.mark.parametrize("tier_set", ["baseline_ratio", "value"])
def test_own_baseline_needs_both_sets_of_tiers(scorecards: Set, tier_set: str) -> None:
    scorecards.write(
        "scorecard_tiers",
        "".join(
            line
            for line in VALID["scorecard_tiers"].splitlines(keepends=True)
            if f"usage_vs_baseline,{tier_set}" not in line
        ),
    )
    assert f"the method own_baseline has no {tier_set} tiers" in scorecards.only_error()


def test_own_baseline_needs_an_indicator_with_a_baseline(scorecards: Set) -> None:
    scorecards.replace(
        "scorecard_indicators", "days_overdue,14.5,tiers", "days_overdue,14.5,own_baseline"
    )
    scorecards.add(
        "scorecard_tiers",
        "enterprise,1,days_overdue,baseline_ratio,,100",
        "enterprise,1,days_overdue,baseline_ratio,1,0",
    )
    error = scorecards.only_error()
    assert "scorecard enterprise version 1, indicator days_overdue: has no baseline" in error
    assert "with a baseline: usage_vs_baseline" in error


@pytest.mark.parametrize(
    ("ends_given", "expected"),
    [
        (",100", "the method linear has no linear_worst"),
        ("-100,", "the method linear has no linear_best"),
        (",", "the method linear has no linear_worst and linear_best"),
        ("5,5.0", "linear_worst and linear_best are both 5"),
    ],
)
def test_linear_needs_two_different_ends(scorecards: Set, ends_given: str, expected: str) -> None:
    scorecards.replace(
        "scorecard_indicators", "neutral,true,-100,100", f"neutral,true,{ends_given}"
    )
    error = scorecards.only_error()
    assert "line 4: scorecard enterprise version 1, indicator nps" in error
    assert expected in error


@pytest.mark.parametrize("method", ["linear", "percentile"])
def test_an_indicator_that_is_bad_at_both_ends_needs_tiers(scorecards: Set, method: str) -> None:
    scorecards.replace(
        "scorecard_indicators",
        "days_to_renewal,0,linear,exclude,false,0,365",
        f"tickets_opened_30d,0,{method},exclude,false,0,365",
    )
    assert any(f"bad at both ends, so {method}" in error for error in scorecards.errors())


def test_tiers_of_an_indicator_that_the_scorecard_lacks_are_refused(scorecards: Set) -> None:
    scorecards.add("scorecard_tiers", "enterprise,2,csat,value,,0")
    error = scorecards.only_error()
    assert "line 11: scorecard enterprise version 2, indicator csat" in error
    assert "does not have this indicator" in error


def test_what_is_given_but_not_read_is_a_warning(scorecards: Set) -> None:
    scorecards.add("scorecard_tiers", "enterprise,1,nps,value,,0")
    scorecards.replace(
        "scorecard_indicators", "own_baseline,exclude,false,,", "own_baseline,exclude,false,0,1"
    )
    warnings = scorecards.warnings()
    assert len(warnings) == 2
    assert "linear_worst and linear_best are not read" in warnings[0]
    assert "indicator's method linear does not read these tiers" in warnings[1]


def test_a_score_against_the_direction_is_a_warning(scorecards: Set) -> None:
    scorecards.replace("scorecard_tiers", "days_overdue,value,30,0", "days_overdue,value,30,50")
    scorecards.replace("scorecard_indicators", "false,60,0", "false,0,60")
    warnings = scorecards.warnings()
    assert "scorecard others version 1, indicator days_overdue: best 60 and worst 0" in warnings[0]
    assert "goes from 40 to 50 as the value grows, but lower is better" in warnings[1]


# ------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "scorecard_indicators",
            "others,1,days_overdue",
            "others,1,day_overdue",
            "scorecard_indicators.csv, line 8: scorecard others version 1, indicator day_overdue: "
            'unknown indicator "day_overdue" (did you mean "days_overdue"?)',
        ),
        (
            "knock_outs",
            "decision_maker_lowest_score",
            "decision_maker_score",
            "knock_outs.csv, line 2: scorecard enterprise version 1, knock-out unhappy, "
            'indicator decision_maker_score: unknown indicator "decision_maker_score" '
            '(did you mean "decision_maker_lowest_score"?)',
        ),
        (
            "cta_rules",
            "days_overdue,>=",
            "dayz_overdue,>=",
            'cta_rules.csv, line 2: rule late_payment: unknown indicator "dayz_overdue"',
        ),
        (
            "cta_rules",
            "commercial",
            "comercial",
            'rule late_payment: unknown module_id "comercial" (did you mean "commercial"?)',
        ),
        ("cta_rules", ",>=,", ",=>,", 'rule late_payment: unknown operator "=>"'),
        ("cta_rules", "late_payment,,", "late_payment,enterprize,", 'unknown segment_id "enterpri'),
        ("cta_rules", ",risk,", ",danger,", 'rule late_payment: unknown kind "danger"'),
        ("cta_rules", ",high,", ",hihg,", 'late_payment: unknown severity "hihg" (did you mean'),
        (
            "cta_rules",
            "high,late_payment",
            "high,late_paiment",
            'cta_rules.csv, line 2: rule late_payment: unknown playbook_id "late_paiment" '
            '(did you mean "late_payment"?). Add it to playbooks.csv',
        ),
        (
            "playbooks",
            "late_payment,others",
            "late_payment,otters",
            "playbooks.csv, line 3: playbook late_payment of segment otters: unknown segment_id",
        ),
        (
            "playbook_steps",
            "late_payment,others",
            "late_paiment,others",
            "playbook_steps.csv, line 4: playbook late_paiment of segment others, step "
            "send_a_mail: the playbook is not in playbooks.csv (did you mean",
        ),
        ("escalations", "high,7", "hihg,7", 'escalation of hihg: unknown severity "hihg"'),
        ("escalations", "team_lead", "boss", 'escalation of high: unknown level "boss"'),
        ("escalations", ",product", ",", "escalation of high: the level other_team names no team"),
        ("module_teams", "commercial", "comercial", 'unknown module_id "comercial" (did you mean'),
        ("module_teams", "finance,2", "finance,0", "module commercial: ctas_for_red is 0, below 1"),
        (
            "scorecard_indicators",
            "25.5,linear",
            "25.5,lineal",
            'indicator nps: unknown method "lineal" (did you mean "linear"?)',
        ),
        (
            "scorecard_indicators",
            "neutral,true",
            "neutrall,true",
            'unknown missing_policy "neutrall" (did you mean "neutral"?)',
        ),
        (
            "scorecards",
            "monthly",
            "montly",
            'scorecards.csv, line 5: scorecard others version 1: unknown cadence "montly" '
            '(did you mean "monthly"?)',
        ),
        ("scorecards", ",worse,", ",worst,", 'starting version 1: unknown grading "worst"'),
        (
            "scorecards",
            "onboarding",
            "on_boarding",
            'unknown lifecycle_stage "on_boarding" (did you mean "onboarding"?)',
        ),
        (
            "scorecards",
            "others,1,others",
            "others,1,other",
            'scorecard others version 1: unknown segment_id "other" (did you mean "others"?)',
        ),
        (
            "knock_outs",
            ",<,",
            ",below,",
            "knock-out unhappy, indicator decision_maker_lowest_score",
        ),
        (
            "segment_rules",
            "employee_count",
            "employees_count",
            'segment_rules.csv, line 2: rule 1: unknown field "employees_count" '
            '(did you mean "employee_count"?)',
        ),
        ("segment_rules", ",in,", ",one_of,", 'rule 1: unknown operator "one_of"'),
        (
            "segment_rules",
            "2,others",
            "2,other",
            'rule 2: unknown segment_id "other" (did you mean "others"?)',
        ),
        (
            "scorecard_tiers",
            "days_overdue,value,1,40",
            "days_overdue,values,1,40",
            'unknown tier_set "values" (did you mean "value"?)',
        ),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(
    scorecards: Set, name: str, old: str, new: str, expected: str
) -> None:
    scorecards.replace(name, old, new)
    assert any(expected in error for error in scorecards.errors()), scorecards.errors()


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("scorecard_indicators", "enterprise,3,nps,100,linear,exclude,false,-100,100"),
        ("scorecard_tiers", "enterprise,3,nps,value,,0"),
        ("scorecard_bands", "enterprise,3,fair,0,100"),
        ("knock_outs", "enterprise,3,unhappy,nps,<,0,,39,Unhappy"),
    ],
)
def test_rows_of_a_version_that_does_not_exist_are_refused(
    scorecards: Set, name: str, line: str
) -> None:
    scorecards.add(name, line)
    number = len(VALID[name].splitlines()) + 1
    expected = f"{name}.csv, line {number}: scorecard enterprise version 3 is not in scorecards.csv"
    assert any(expected in error for error in scorecards.errors())


def test_half_a_condition_of_a_cta_rule_is_refused(scorecards: Set) -> None:
    scorecards.replace("cta_rules", ">=,30", ",30")
    assert "rule late_payment: its condition lacks operator" in scorecards.only_error()


def test_a_playbook_without_steps_is_refused(scorecards: Set) -> None:
    scorecards.add("playbooks", "bugs,,Bugs,false,")
    assert scorecards.only_error() == (
        "playbooks.csv, line 4: playbook bugs: there are no steps. "
        "Add its rows to playbook_steps.csv, or remove it."
    )


def test_a_playbook_for_some_segments_does_not_serve_a_rule_for_all(scorecards: Set) -> None:
    scorecards.add("playbooks", "bugs,others,Bugs,false,")
    scorecards.add("playbook_steps", "bugs,others,look,1,Look,,")
    rule = "bugs,{},,bugs,bugs_open,>=,3,risk,low,bugs,,,7,7,false"
    scorecards.add("cta_rules", rule.format("others"))
    assert scorecards.errors() == []
    scorecards.replace("cta_rules", "bugs,others,", "bugs,,")
    what = "rule bugs: playbook bugs is there for some segments, not for every segment"
    assert what in scorecards.only_error()


def test_a_set_from_before_playbooks_stays_valid(scorecards: Set) -> None:
    for name in ("playbooks", "playbook_steps", "escalations", "module_teams"):
        (scorecards.folder / f"{name}.csv").unlink()
    scorecards.replace("cta_rules", ",is_red\n", "\n")
    scorecards.replace("cta_rules", ",7,14,false", ",7,14")
    assert scorecards.errors() == []


def test_two_steps_of_a_playbook_in_one_place_are_refused(scorecards: Set) -> None:
    scorecards.replace("playbook_steps", "ask_the_customer,2", "ask_the_customer,1")
    error = scorecards.only_error()
    assert error.startswith("playbook_steps.csv, lines 2-3: playbook late_payment: 2 steps with")


# ------------------------------------------------------------------ versions


def test_two_versions_valid_on_one_day_are_refused(scorecards: Set) -> None:
    scorecards.replace("scorecards", "2025-07-01", "2025-01-01")
    error = scorecards.only_error()
    assert error.startswith("scorecards.csv, lines 2-3: scorecard enterprise versions 1 and 2")
    assert "both are valid from 2025-01-01" in error


def test_a_higher_version_that_begins_earlier_is_refused(scorecards: Set) -> None:
    scorecards.replace("scorecards", "2025-07-01", "2024-07-01")
    error = scorecards.only_error()
    assert "scorecard enterprise version 2 is valid from 2024-07-01" in error
    assert "before version 1 (2025-01-01)" in error


@pytest.mark.parametrize(("stage", "place"), [("", "no stage"), ("onboarding", "stage onboarding")])
def test_two_scorecards_of_a_segment_and_stage_on_one_day_are_refused(
    scorecards: Set, stage: str, place: str
) -> None:
    scorecards.add(
        "scorecards", f"second,1,enterprise,{stage},Second,2026-01-01,weekly,score,0.5,,,"
    )
    scorecards.add("scorecard_indicators", "second,1,nps,100,linear,exclude,false,-100,100")
    scorecards.add(
        "scorecard_bands",
        "second,1,unhealthy,0,40",
        "second,1,fair,40,80",
        "second,1,healthy,80,100",
    )
    error = scorecards.only_error()
    assert "second" in error and ("enterprise" if not stage else "starting") in error
    assert f"are both valid for segment enterprise, {place} from 2026-01-01 on" in error


def test_versions_of_one_scorecard_serve_one_segment_and_stage(scorecards: Set) -> None:
    scorecards.replace(
        "scorecards", "enterprise,2,enterprise,,", "enterprise,2,enterprise,renewal,"
    )
    error = scorecards.only_error()
    assert "scorecard enterprise: its versions serve different segments or stages" in error
    assert "segment enterprise, stage renewal" in error


# ------------------------------------------------------------------ segments


def test_a_segment_without_a_fallback_scorecard_is_refused(scorecards: Set) -> None:
    scorecards.replace("scorecards", "others,1,others,,", "others,1,others,adoption,")
    error = scorecards.only_error()
    assert error.startswith("segments.csv, line 3: segment others has only scorecards for a")


def test_a_segment_without_any_scorecard_is_refused(scorecards: Set) -> None:
    scorecards.add("segments", "partners,Partners,,,")
    error = scorecards.only_error()
    assert error.startswith("segments.csv, line 4: segment partners has no scorecard.")


def test_a_segment_that_no_rule_leads_to_is_a_warning(scorecards: Set) -> None:
    scorecards.replace("segment_rules", "2,others,,always,", "2,enterprise,,always,")
    (warning,) = scorecards.warnings()
    assert "segments.csv, line 3: segment others: no rule leads to it" in warning


@pytest.mark.parametrize("bad", ["Partners", "1st", "our partners", "partners;drop", "pärtner"])
def test_a_segment_id_that_names_no_table_is_refused(scorecards: Set, bad: str) -> None:
    scorecards.add("segments", f"{bad},Partners,,,")
    error = scorecards.only_error()
    assert f'segments.csv, line 4: segment {bad}: segment_id "{bad}" is not an id' in error


def test_a_segment_id_may_have_56_characters(scorecards: Set) -> None:
    long = "p" * 56
    scorecards.replace("segments", "others,Others", f"{long},Others")
    scorecards.replace("segment_rules", "2,others", f"2,{long}")
    scorecards.replace("scorecards", "others,1,others", f"others,1,{long}")
    for name in ("playbooks", "playbook_steps"):
        scorecards.replace(name, "late_payment,others", f"late_payment,{long}")
    assert scorecards.errors() == []
    scorecards.replace("segments", long, long + "p")
    scorecards.replace("segment_rules", long, long + "p")
    scorecards.replace("scorecards", long, long + "p")
    for name in ("playbooks", "playbook_steps"):
        scorecards.replace(name, long, long + "p")
    assert "its id has 57 characters" in scorecards.only_error()


@pytest.mark.parametrize("word", ["null", "NULL"])
def test_a_text_that_would_be_loaded_as_no_value_is_refused(scorecards: Set, word: str) -> None:
    scorecards.replace("segment_rules", "company|group", word)
    assert f'segment_rules.csv, line 3: rule 1: value is "{word}"' in scorecards.only_error()


def test_no_segment_at_all_is_refused(scorecards: Set) -> None:
    scorecards.write("segments", VALID["segments"].splitlines(keepends=True)[0])
    assert any("segments.csv: there is no segment" in error for error in scorecards.errors())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("2,others,,always,\n", "", "rule 1, the last, does not always match"),
        ("2,others,,always,", "2,others,industry,=,x", "rule 2, the last, does not always match"),
        (
            "1,enterprise,employee_count,>=,500",
            "1,enterprise,,always,",
            "rule 1 always matches: rule 2 can't be reached",
        ),
        ("2,others,,always,", "2,others,region,always,", "always takes neither field nor value"),
        ("1,enterprise,customer", "1,others,customer", "rule 1 leads to 2 segments: enterprise, o"),
        ("2,others,", "0,others,", "rule_order is 0, below 1"),
        ("2,others,", "last,others,", 'rule_order "last" is not a whole number'),
        ("employee_count,>=,500", "employee_count,>=,many", 'value "many" is not a number'),
        ("employee_count,>=,500", "employee_count,>=,", ">= has no value"),
        ("employee_count,>=,500", "industry,>=,500", "industry is not a number"),
        ("employee_count,>=,500", ",>=,500", "field is empty"),
        ("employee_count,>=,500", "employee_count,is_true,", "employee_count is not true or false"),
        ("employee_count,>=,500", "is_key_account,is_true,yes", "is_true takes no value"),
        ("employee_count,>=,500", "is_key_account,=,yes", 'value "yes" is not true or false'),
        ("company|group", "company||group", "has an empty part"),
    ],
)
def test_bad_segment_rules_are_refused(scorecards: Set, old: str, new: str, expected: str) -> None:
    scorecards.replace("segment_rules", old, new)
    errors = scorecards.errors()
    assert any(
        error.startswith("segment_rules.csv, line") and expected in error for error in errors
    ), errors


def test_no_rule_at_all_is_refused(scorecards: Set) -> None:
    scorecards.write("segment_rules", VALID["segment_rules"].splitlines(keepends=True)[0])
    assert scorecards.errors()[0].startswith("segment_rules.csv: there is no rule")


# ------------------------------------------------------------------ knock-outs


@pytest.mark.parametrize(
    ("cap", "expected"), [("101", "cap is 101, above 100"), ("-1", "cap is -1, below 0")]
)
def test_a_cap_off_the_scale_is_refused(scorecards: Set, cap: str, expected: str) -> None:
    scorecards.replace("knock_outs", ",39,", f",{cap},")
    error = scorecards.only_error()
    assert error.startswith(
        "knock_outs.csv, line 2: scorecard enterprise version 1, knock-out unha"
    )
    assert expected in error


def test_a_knock_out_on_context_is_refused(scorecards: Set) -> None:
    scorecards.replace("knock_outs", "decision_maker_lowest_score", "days_to_renewal")
    assert "is context only and can't cap a score by itself" in scorecards.only_error()


# ------------------------------------------------------------------ cells, rows and files


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("scorecard_indicators", "nps,25.5", 'nps,"25,5"', 'weight "25,5" is not a number'),
        ("scorecard_indicators", "nps,25.5", "nps,NaN", 'weight "NaN" is not a number'),
        ("scorecard_indicators", "nps,25.5", "nps,1e1", 'weight "1e1" is not a number'),
        ("scorecard_indicators", "nps,25.5", "nps,", "weight is empty"),
        ("scorecard_indicators", "neutral,true", "neutral,yes", 'is_required "yes" is not true or'),
        ("scorecards", "2025-07-01", "01.07.2025", 'valid_from "01.07.2025" is not a date'),
        ("scorecards", "2025-07-01", "2025-02-30", 'valid_from "2025-02-30" is not a date'),
        ("scorecards", "others,1,others", "others,one,others", 'version "one" is not a whole num'),
        ("scorecards", "ctas,0.5", "ctas,50", "minimum_coverage is 50, above 1"),
        ("scorecards", "ctas,0.5", "ctas,0", "minimum_coverage is 0, not above 0"),
        ("scorecards", "ctas,0.5,,,", "ctas,0.5,,101,", "outcome_cutoff is 101, above 100"),
        ("scorecards", "ctas,0.5,,,", "ctas,0.5,,,-1", "experience_cutoff is -1, below 0"),
        ("scorecard_tiers", "value,30,0", "value,30 days,0", 'lower_bound "30 days" is not a num'),
        ("scorecard_tiers", "value,30,0", "value, 30,0", 'lower_bound " 30" has spaces around it'),
        ("knock_outs", "<,5,", "<,,", "threshold is empty"),
        ("knock_outs", ",180,", ",1.5,", 'max_days_to_renewal "1.5" is not a whole number'),
        ("segments", "90,120", "90,99999999999", 'renewal_days "99999999999" is too large'),
    ],
)
def test_cells_that_cannot_be_read_are_refused(
    scorecards: Set, name: str, old: str, new: str, expected: str
) -> None:
    scorecards.replace(name, old, new)
    errors = scorecards.errors()
    assert any(error.startswith(f"{name}.csv, line") and expected in error for error in errors)


def test_a_set_from_before_the_cut_offs_is_valid_and_reaches_dbt_with_them(
    scorecards: Set, tmp_path: Path
) -> None:
    older = VALID["scorecards"].replace(",outcome_cutoff,experience_cutoff", "")
    scorecards.write("scorecards", older.replace(",,\n", "\n"))
    assert scorecards.errors() == []
    mirror_scorecards(scorecards.folder, tmp_path / "seeds")
    with (tmp_path / "seeds" / "scorecards.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["outcome_share"] for row in rows] == ["60", "", "", ""]
    assert {(row["outcome_cutoff"], row["experience_cutoff"]) for row in rows} == {("", "")}
    assert (tmp_path / "seeds" / "segments.csv").read_bytes() == (
        scorecards.folder / "segments.csv"
    ).read_bytes()


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("segments", "segment enterprise: 2 rows for the same segment_id"),
        ("segment_rules", "rule 1: 2 rows for the same rule_order"),
        ("scorecards", "scorecard enterprise version 1: 2 rows for the same scorecard_id, version"),
        ("scorecard_indicators", "indicator usage_vs_baseline: 2 rows for the same"),
        ("scorecard_tiers", "indicator usage_vs_baseline, tier set value: tiers overlap"),
        ("scorecard_bands", "band unhealthy: 2 rows for the same"),
        ("knock_outs", "knock-out unhappy, indicator decision_maker_lowest_score: 2 rows"),
        ("cta_rules", "rule late_payment: 2 rows for the same rule_id"),
        ("playbooks", "playbook late_payment: 2 rows for the same playbook_id, segment_id"),
        ("playbook_steps", "2 rows for the same playbook_id, segment_id, step_id"),
        ("escalations", "escalation of high: 2 rows for the same severity, days_open"),
        ("module_teams", "module commercial: 2 rows for the same module_id"),
    ],
)
def test_duplicate_rows_are_refused_with_both_lines(scorecards: Set, name: str, who: str) -> None:
    lines = VALID[name].splitlines()
    scorecards.add(name, lines[1])
    found = [error for error in scorecards.errors() if who in error]
    places = (f"lines 2, {len(lines) + 1}", "lines 2-3")
    assert len(found) == 1
    assert any(place in found[0] for place in places)


@pytest.mark.parametrize("name", sorted(name for name in VALID if not TABLES[name].new))
def test_a_missing_file_is_refused(scorecards: Set, name: str) -> None:
    (scorecards.folder / f"{name}.csv").unlink()
    assert f"{name}.csv: the file is missing" in scorecards.only_error()


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    (error,) = lint_scorecards(tmp_path / "nowhere", CATALOGUE).errors
    assert "there is no such folder" in error


def test_a_missing_catalogue_is_refused(scorecards: Set, tmp_path: Path) -> None:
    errors = lint_scorecards(scorecards.folder, tmp_path).errors
    assert [error.split(":")[0] for error in errors] == ["indicators.csv", "modules.csv"]


def test_a_misspelt_column_is_refused_with_the_nearest(scorecards: Set) -> None:
    scorecards.replace("scorecard_indicators", ",weight,", ",wieght,")
    errors = scorecards.errors()
    assert 'scorecard_indicators.csv, line 1: column "weight" is missing' in errors[0]
    assert 'unknown column "wieght" (did you mean "weight"?)' in errors[1]
    assert len(errors) == 2


def test_a_column_twice_is_refused(scorecards: Set) -> None:
    scorecards.write("scorecard_bands", "scorecard_id,version,band,band,lower_bound,upper_bound\n")
    assert 'column "band" occurs 2 times' in scorecards.only_error()


def test_a_ragged_row_is_refused(scorecards: Set) -> None:
    scorecards.add("knock_outs", "others,1,late,days_overdue,>,90,,39,Late, very late")
    assert "knock_outs.csv, line 3: the row has 10 cells, the header has 9" in (
        scorecards.only_error()
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b"rule_id;segment_id\n", "separated by semicolons"),
        (b"rule_id\xff\n", "is not UTF-8 text"),
        (b"rule_id\0\n", "holds a NUL character"),
        (b'rule_id,"segment', "can't be read"),
    ],
)
def test_a_file_that_is_no_csv_is_refused(scorecards: Set, content: bytes, expected: str) -> None:
    (scorecards.folder / "cta_rules.csv").write_bytes(content)
    error = scorecards.only_error()
    assert error.startswith("cta_rules.csv")
    assert expected in error


def test_marks_line_ends_blank_lines_and_capitals_of_spreadsheets_are_taken(
    scorecards: Set,
) -> None:
    text = VALID["scorecard_indicators"].replace("true", "TRUE") + "\n\n"
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    (scorecards.folder / "scorecard_indicators.csv").write_bytes(data)
    assert scorecards.errors() == []


def test_line_numbers_count_the_lines_within_quotes(scorecards: Set) -> None:
    scorecards.replace("segments", "Large, with a contract", "Large,\nwith a contract")
    scorecards.replace("segments", "others,Others,,,", "others,Others,,soon,")
    assert scorecards.only_error().startswith("segments.csv, line 4: segment others")


@pytest.mark.parametrize("name", ["indicators.csv", "old/scorecards.csv", "scorecard_band.csv"])
def test_other_tables_in_the_folder_are_refused(scorecards: Set, name: str) -> None:
    path = scorecards.folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("a,b\n")
    assert f"{name}: is no file of a scorecard set" in scorecards.only_error()


def test_settings_in_the_folder_are_refused_and_notes_are_not(scorecards: Set) -> None:
    (scorecards.folder / "README.md").write_text("Why the weights are as they are.")
    assert scorecards.errors() == []
    (scorecards.folder / "seeds.yml").write_text("version: 2")
    assert "seeds.yml: a scorecard set holds CSV files only" in scorecards.only_error()


def test_require_valid_names_every_error_at_once(scorecards: Set) -> None:
    scorecards.replace("scorecard_indicators", "enterprise,1,nps,25.5", "enterprise,1,nps,30.5")
    scorecards.replace("scorecard_bands", "others,1,fair,40,80", "others,1,fair,45,80")
    with pytest.raises(BadInput) as refused:
        require_valid(scorecards.folder, CATALOGUE)
    message = str(refused.value)
    assert "2 things are wrong" in message
    assert "scorecard enterprise version 1: weights sum to 105, not 100" in message
    assert "scorecard others version 1: gap between bands" in message
    assert "Nothing was changed" in message


def test_require_valid_returns_the_warnings(scorecards: Set) -> None:
    assert require_valid(scorecards.folder, CATALOGUE) == []
    scorecards.add("scorecard_tiers", "enterprise,1,nps,value,,0")
    assert len(require_valid(scorecards.folder, CATALOGUE)) == 1
