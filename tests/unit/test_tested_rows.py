"""Which rows a data test reads in a later build, and when it reads all of them again."""

from contextlib import ExitStack

import duckdb
import pytest

from orchestration.base.build_files import open_build
from orchestration.warehouse.parsed import Project
from orchestration.warehouse.tested_rows import TestedRows

NUMBER = '(select build_number from "warehouse"."config"."build")'
FROM = '(select build_from from "warehouse"."marts"."bounds")'
MADE = f"{NUMBER} = 1 or as_of_date >= {FROM}"


def node(schema, name, materialized="table"):
    return {
        "name": name,
        "database": "warehouse",
        "relation_name": f'"warehouse"."{schema}"."{name}"',
        "config": {"materialized": materialized},
    }


CONTENT = {
    "sources": {"source.build": node("config", "build", None)},
    "nodes": {
        "model.facts": node("marts", "facts", "incremental"),
        "model.more_facts": node("marts", "more_facts", "incremental"),
        "model.accounts": node("marts", "accounts"),
        "model.view": node("marts", "view", "view"),
    },
}
TEST = {
    "attached_node": "model.facts",
    "depends_on": {"nodes": ["model.facts"]},
    "test_metadata": {"kwargs": {"arguments": {}}},
}


def against(other, **arguments):
    return {
        **TEST,
        "depends_on": {"nodes": ["model.facts", other]},
        "test_metadata": {"kwargs": {"to": "ref('…')", "arguments": arguments}},
    }


def write(path, number, accounts, begins="date '2025-03-01'"):
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"create schema config; create table config.build as select {number} as build_number;"
            f"create schema marts; create table marts.bounds as select {begins} as build_from;"
            f"create table marts.accounts as select unnest({accounts}) as id, {number} as number;"
            "create view marts.view as from marts.accounts"
        )
    return path


@pytest.fixture
def rows(tmp_path):
    """What reads a build of this number with these accounts, after one with two."""
    opened = ExitStack()

    def make(number=2, accounts=("a", "b"), begins="date '2025-03-01'"):
        before = write(tmp_path / "before" / "warehouse.duckdb", 1, ["a", "b"])
        now = write(tmp_path / "now" / "warehouse.duckdb", number, list(accounts), begins)
        connection = opened.enter_context(open_build(now, before=before))
        return TestedRows(connection, Project(None, CONTENT, None, None, 0))

    with opened:
        yield make


def test_values_stand_where_a_subquery_asked_for_one(rows):
    made = rows().limited(TEST, f"select * from facts where {MADE} or on_day in {FROM}")
    said = "2 = 1 or as_of_date >= date '2025-03-01'"
    assert made == f"select * from facts where {said} or on_day in {FROM}"


@pytest.mark.parametrize("begins", ["unnest([date '2025-03-01', date '2025-04-01'])", "'today'"])
def test_what_is_no_single_value_stays_as_it_is(rows, begins):
    assert rows(begins=begins).limited(TEST, MADE) == f"2 = 1 or as_of_date >= {FROM}"


def test_what_is_not_there_is_left_for_the_test_to_say(rows):
    missing = '(select no from "warehouse"."marts"."no")'
    assert rows().limited(TEST, missing) == missing


def test_a_first_build_is_tested_whole(rows):
    assert rows(number=1).limited(against("model.accounts"), NUMBER) == "1"


@pytest.mark.parametrize(
    ("accounts", "test", "is_anew"),
    [
        ("abc", against("model.accounts", field="id"), False),  # one more takes nothing away
        ("a", against("model.accounts", field="id"), True),
        ("ab", against("model.accounts"), True),  # another column differs
        ("abc", against("model.more_facts"), False),  # cut at the same date
        ("abc", against("model.view", field="id"), True),  # nobody knows what it was
        ("abc", against("model.accounts", field="new_column"), True),
        ("a", TEST, False),
    ],
)
def test_all_rows_are_read_again_where_their_counterpart_lost_something(
    rows, accounts, test, is_anew
):
    assert rows(accounts=accounts).limited(test, NUMBER) == ("1" if is_anew else "2")
