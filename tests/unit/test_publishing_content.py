"""Measuring a version: what a build carried on is known by the version that it is of."""

from datetime import date

import duckdb
import pytest

from orchestration.publishing.content import ALL, measure
from orchestration.publishing.published_tables import Table

HEALTH = Table(
    "health",
    ("account_id", "as_of_date", "score"),
    ("account_id", "as_of_date"),
    types=("VARCHAR", "DATE", "DOUBLE"),
)
MARCH = date(2025, 3, 9)


@pytest.fixture
def connection():
    """Two accounts on each Sunday from January to March 2025."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("attach ':memory:' as publication; create schema publication.marts")
        connection.execute(
            "create table publication.marts.health as select account_id, "
            "date '2025-01-05' + cast(7 * week as integer) as as_of_date, week * 1.5 as score "
            "from (values ('a'), ('b')) as accounts (account_id), range(12) as weeks (week)"
        )
        yield connection


def change(connection, sql):
    connection.execute(sql.format(table="publication.marts.health"))


def test_what_was_replaced_is_measured_and_what_was_carried_on_is_not(connection):
    before = measure(connection, HEALTH)
    change(connection, "update {table} set score = 99 where as_of_date >= date '2025-03-09'")
    after = measure(connection, HEALTH, before, MARCH)
    assert after == measure(connection, HEALTH)
    assert after.parts["2025-03"] != before.parts["2025-03"]
    # the proof that January was not looked at: a value that no strategy replaced
    change(connection, "update {table} set score = 98 where as_of_date = date '2025-01-05'")
    assert measure(connection, HEALTH, before, MARCH) == after != measure(connection, HEALTH)


@pytest.mark.parametrize(
    "sql",
    [
        "delete from {table} where as_of_date = date '2025-01-05'",
        "delete from {table} where as_of_date < date '2025-02-01'",
        "insert into {table} values ('c', date '2025-02-02', 1)",
        "insert into {table} values ('c', date '2024-12-29', 1)",
        "insert into {table} values ('c', null, 1)",
    ],
)
def test_where_an_earlier_month_has_other_rows_all_is_measured(connection, sql):
    before = measure(connection, HEALTH)
    change(connection, "update {table} set score = 98 where as_of_date = date '2025-01-12'")
    change(connection, sql)
    after = measure(connection, HEALTH, before, MARCH)
    assert after == measure(connection, HEALTH)
    assert (ALL in after.parts) == ("null" in sql)


def test_a_build_that_replaced_nothing_keeps_all(connection):
    before = measure(connection, HEALTH)
    assert measure(connection, HEALTH, before, date.max) == before


def test_other_columns_are_measured_whole(connection):
    before = measure(connection, HEALTH)
    narrow = Table("health", HEALTH.columns[:2], HEALTH.key, types=HEALTH.types[:2])
    assert measure(connection, narrow, before, MARCH) == measure(connection, narrow)
