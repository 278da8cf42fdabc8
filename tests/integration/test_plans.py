"""No model joins all with all: read in DuckDB's plans of what the samples' refreshes compiled."""

from collections import defaultdict

import pytest

from tests.conftest import SAMPLES
from tests.support.plans import PairwiseJoin, compiled_models, pairwise_joins

# Models that may, with how many such joins and the reason.
ALLOWED = {
    "int_accounts__as_of": (1, "an open account on a date is a row: the pairs are the result"),
    "int_accounts__subscriptions_as_of": (
        1,
        "a contract on a date of its time is a row: the pairs are the result",
    ),
    "int_accounts__rates_as_of": (
        1,
        "a rate counts for the dates of its week: few rates, few dates",
    ),
    "int_indicators__recorded_on": (1, "as many facts as the schema has columns, few dates"),
    "int_indicators__unrecorded": (1, "the facts that the catalogue asks for, few dates"),
    "int_adoption__complete_weeks": (1, "the company's first weeks by date known: few of each"),
    "int_adoption__own_levels": (
        1,
        "the weeks that an account is looked back from: a row for each of its dates",
    ),
    "int_adoption__windows": (1, "dates of the calendar with dates of the calendar"),
    "int_indicators__source_status": (1, "a source's days with dates of the calendar"),
}


@pytest.mark.parametrize("company", SAMPLES)
def test_no_join_compares_all_rows_with_all(audited, company):
    target = audited[company].parents[1] / "target"
    compiled = compiled_models(target)
    assert len(compiled) > 100, "dbt compiles to another place now"
    found: dict[str, list[PairwiseJoin]] = defaultdict(list)
    for join in pairwise_joins(audited[company], compiled):
        found[join.model].append(join)
    too_many = [
        str(join)
        for model, joins in found.items()
        if len(joins) > ALLOWED.get(model, (0, ""))[0]
        for join in joins
    ]
    assert not too_many, "\n".join(too_many)


def test_nothing_is_allowed_that_no_model_does(audited):
    target = audited["office_software"].parents[1] / "target"
    joins = pairwise_joins(audited["office_software"], compiled_models(target))
    made = [join.model for join in joins]
    unused = [model for model, (count, _) in ALLOWED.items() if made.count(model) < count]
    assert not unused, "take it off the list"
