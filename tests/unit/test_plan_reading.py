"""The reader of plans finds joins of all with all, and nothing else: see tests/support/plans.py."""

import duckdb
import pytest

from tests.support.plans import pairwise_joins

TABLES = """
create schema indicators;
create schema config;
create table indicators.accounts as
    select range as account_id, date '2025-01-01' + cast(range % 90 as integer) as known_from
    from range(5000);
create table indicators.int_accounts__calendar as
    select date '2025-01-05' + cast(7 * range as integer) as as_of_date, range = 59 as is_newest
    from range(60);
create table indicators.levels as
    select range % 5000 as account_id, range % 7 as lower_bound, range % 7 + 1 as upper_bound
    from range(20000);
create table config.company as select 'EUR' as currency, 5 as least;
"""
FOUND = {
    "a range": """
        select * from indicators.accounts
        inner join indicators.int_accounts__calendar on known_from <= as_of_date
    """,
    "everything": "select * from indicators.accounts cross join indicators.levels",
    "an outer join of more than equalities": """
        with accounts as (select * from indicators.accounts),
        levels as (select * from indicators.levels)
        select accounts.account_id, levels.upper_bound
        from accounts
        left join levels
            on
                accounts.account_id = levels.account_id
                and (levels.lower_bound is null or accounts.account_id >= levels.lower_bound)
    """,
    "days made of bounds": """
        with bounds as (select min(known_from) as first_on from indicators.accounts),
        days as (
            select cast(unnest(generate_series(
                cast(first_on as timestamp), timestamp '2025-12-31', interval '1' day
            )) as date) as day
            from bounds
        )
        select * from indicators.accounts inner join days on known_from < day
    """,
    "a group for each account": """
        select * from indicators.levels
        cross join (
            select account_id, max(known_from) from indicators.accounts group by account_id
        ) as latest
    """,
}
NOT_FOUND = {
    "an equality": """
        select * from indicators.accounts
        inner join indicators.levels
            on accounts.account_id = levels.account_id and lower_bound < upper_bound
    """,
    "settings": """
        select * from indicators.levels
        inner join config.company on levels.lower_bound > company.least
    """,
    "one row of all": """
        select * from indicators.levels
        cross join (select max(known_from) as last_on from indicators.accounts) as newest
    """,
    "the newest date": """
        select * from indicators.accounts
        cross join (
            select as_of_date from indicators.int_accounts__calendar where is_newest
        ) as newest
    """,
    "a list of numbers": """
        select * from indicators.accounts cross join (select 1 as k union all select 2) as numbers
    """,
}


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    file = tmp_path_factory.mktemp("plans") / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(TABLES)
    return file


@pytest.mark.parametrize("name", FOUND)
def test_a_join_of_all_with_all_is_found(build, name):
    (join,) = pairwise_joins(build, {"a_model": FOUND[name]})
    assert join.model == "a_model" and join.left and join.right
    assert "a_model: " in str(join)


@pytest.mark.parametrize("name", NOT_FOUND)
def test_another_is_not(build, name):
    assert pairwise_joins(build, {"a_model": NOT_FOUND[name]}) == []


def test_the_condition_and_the_tables_are_told(build):
    (join,) = pairwise_joins(build, {"a_model": FOUND["a range"]})
    assert {frozenset(join.left), frozenset(join.right)} == {
        frozenset({"accounts"}),
        frozenset({"int_accounts__calendar"}),
    }
    assert "known_from" in join.condition and "as_of_date" in join.condition
