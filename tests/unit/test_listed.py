"""Which value of a column's list a landed one means, and what company.yml may say of it."""

import duckdb
import pytest
from pydantic import ValidationError

from orchestration.company.company import load_company
from orchestration.company.listed import as_listed, meanings
from orchestration.company.reading import Reading
from orchestration.company.tables import Column, raw_tables
from tests.support.landing import CompanyFolder

OWN = {"tickets.priority": {"Very High": "urgent", "task": "other", "low": "normal"}}


def column(table: str, name: str) -> Column:
    return next(each for each in raw_tables()[table].columns if each.name == name)


@pytest.mark.parametrize(
    ("table", "name", "landed", "means"),
    [
        ("tickets", "priority", "high", "high"),
        ("tickets", "priority", "\t HIGH\u00a0", "high"),
        ("contacts", "role", "Decision-Maker", "decision_maker"),
        ("contacts", "role", "decision maker", "decision_maker"),
        ("tickets", "priority", "critical", None),
        ("tickets", "priority", "", None),
        ("tickets", "priority", None, None),
        # the company's own words, compared alike; they come before the list
        ("tickets", "priority", "very-high", "urgent"),
        ("tickets", "priority", "Task", "other"),
        ("tickets", "priority", "Low", "normal"),
        # plain words for periods, where the list has what they stand for
        ("subscriptions", "billing_period", "Monthly", "month"),
        ("subscriptions", "billing_period", "quarterly", "quarter"),
        ("subscriptions", "billing_period", "annual", "year"),
        ("subscriptions", "billing_period", "weekly", None),
        ("usage_daily", "period", "weekly", "week"),
        ("usage_daily", "period", "yearly", None),
        ("usage_daily", "period", None, "day"),
    ],
)
def test_a_landed_value_and_what_it_means(table, name, landed, means):
    sql = as_listed("landed", table, column(table, name), OWN)
    found = duckdb.execute(f"select {sql} from (select ?::varchar as landed)", [landed])
    assert found.fetchone() == (means,)


def test_every_synonym_means_a_value_of_its_list():
    for table in raw_tables().values():
        for each in table.listed_columns:
            assert set(meanings(table.name, each, {}).values()) == set(each.accepted)
            assert each.stands_for in (None, *each.accepted)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"ticket.priority": {"a": "low"}}, "did you mean `tickets.priority`"),
        ({"tickets.status": {"a": "low"}}, "`tickets.status` is no column with a list of values"),
        ({"tickets.priority": {"a": "hgh"}}, "did you mean `high`"),
        ({"subscriptions.billing_period": {"a": "other"}}, "`other` is no value of"),
        ({"tickets.priority": {"A b": "low", "a-b": "high"}}, "compared as one value"),
    ],
)
def test_a_meaning_that_no_list_has_is_refused_with_the_nearest(values, message):
    with pytest.raises(ValidationError, match=message):
        Reading(values=values)


def test_company_yml_says_what_values_mean(tmp_path):
    folder = CompanyFolder(tmp_path, reading={"values": OWN})
    assert load_company(folder.folder).reading.values == OWN
