"""Calls to action from landed files to the marts, on the samples."""

import csv

import duckdb
import pytest

from orchestration.base.settings import PROJECT_ROOT

PLAYBOOKS = PROJECT_ROOT / "seeds" / "scorecards" / "playbooks.csv"


@pytest.fixture(scope="module")
def marts(published_samples):
    """Questions to the published marts of a sample."""
    open_files = {
        company: duckdb.connect(str(file), read_only=True)
        for company, file in published_samples.items()
    }
    yield lambda sql, company="office_software": open_files[company].execute(sql).fetchall()
    for connection in open_files.values():
        connection.close()


def test_every_playbook_of_the_method_has_a_rule_that_fires(marts):
    with PLAYBOOKS.open(encoding="utf-8", newline="") as file:
        wanted = {row["playbook_id"] for row in csv.DictReader(file)}
    fired = "select distinct playbook_id from marts.fct_ctas where rule_id is not null"
    found = {row[0] for company in ("office_software", "restaurant_robots")
             for row in marts(fired, company)}  # fmt: skip
    assert wanted <= found


def test_risks_and_opportunities_are_open_and_each_has_somebody(marts):
    kinds = "select distinct kind from marts.fct_ctas where status <> 'closed'"
    assert {row[0] for row in marts(kinds)} == {"risk", "opportunity"}
    lost = "select cta_id from marts.fct_ctas where status <> 'closed' and owner is null"
    assert marts(lost) == []


def test_what_people_did_is_there(marts):
    """The acts of the office sample: reassigned and ticked, snoozed, closed."""
    found = marts(
        "select cta_id, status, owner, snoozed_until::varchar, close_reason, last_action "
        "from marts.fct_ctas where cta_id like 'manual:%' order by cta_id"
    )
    assert [row for row in found if "act-004" not in row[0] and "act-010" not in row[0]] == [
        ("manual:act-001:0008", "open", "csm_5", None, None, "reassign"),
        ("manual:act-006:0031", "closed", "account_manager", None, "closed_by_a_person", "close"),
        ("manual:act-008:0079", "snoozed", "product_manager", "2026-02-15", None, "snooze"),
    ]
    done = marts("select cta_id, step_id, done_on::varchar from marts.fct_cta_steps "
                 "where done_on is not null")  # fmt: skip
    assert done == [("manual:act-001:0008", "check_the_data", "2025-12-09")]
    assert marts("select * from marts.quality_cta_actions") == []


def test_a_usage_drop_opens_only_where_two_weeks_lie_beyond(marts):
    broken = marts(
        "select count(*) from marts.fct_ctas as ctas "
        "inner join marts.fct_indicator_scores as scores "
        "on ctas.account_id = scores.account_id and ctas.opened_on = scores.as_of_date "
        "where ctas.rule_id = 'usage_drop' and scores.indicator_id = 'usage_drop_z' "
        "and not (scores.status = 'measured' and scores.raw_value <= -3)"
    )
    assert broken == [(0,)]
    opened = marts("select count(*) from marts.fct_ctas where rule_id = 'usage_drop'")
    assert opened[0][0] > 0


def test_ratings_follow_from_what_was_open(marts):
    """On the newest date: red, or at least one open risk or flag, where the module is not green."""
    unfounded = marts(
        "select account_id, module_id, rating_reason from marts.fct_module_scores "
        "where rating in ('red', 'yellow') and open_cta_count = 0 and flag_id is null"
    )
    assert unfounded == []
    counts = marts(
        "select count(*) from marts.fct_module_scores as modules "
        "inner join marts.fct_account_health as health using (account_id, as_of_date) "
        "left join (select account_id, module_id, count(*) as n from marts.fct_ctas "
        "where kind = 'risk' and status <> 'closed' group by all) as ctas "
        "on modules.account_id = ctas.account_id and modules.module_id = ctas.module_id "
        "where health.is_latest and modules.open_cta_count <> coalesce(ctas.n, 0)"
    )
    assert counts == [(0,)]


def test_the_regular_meeting_sees_every_account_with_a_red_module(marts):
    missing = marts(
        "select account_id from marts.fct_account_health where is_latest and rating = 'red' "
        "except select account_id from marts.fct_risk_review"
    )
    assert missing == []
