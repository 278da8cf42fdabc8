"""Dates computed again: what is said about a range, and that the result is a full refresh's."""

import re

import dagster as dg
import duckdb
import pytest

from orchestration.base.errors import BadInput
from orchestration.dagster.definitions import build_defs
from orchestration.publishing import versions
from orchestration.refresh import Refresh
from orchestration.warehouse.backfill import plan

DATES = ("2025-01-01", "2025-02-01")  # what the miniature scores


def published_rows(world):
    with duckdb.connect(str(world.database), read_only=True) as connection:
        return connection.execute("from marts.fct_account_health order by all").fetchall()


def test_the_miniature_has_the_dates_that_these_tests_speak_of(published_world):
    with duckdb.connect(str(published_world.database), read_only=True) as connection:
        found = connection.execute(
            "select distinct as_of_date::varchar from marts.fct_account_health order by 1"
        ).fetchall()
    assert (found[0][0], found[-1][0]) == DATES


@pytest.mark.parametrize(
    ("first", "last", "begins", "notes"),
    [
        ("2025-01-01", None, "2025-01-01", []),
        ("2025-02-01", "2025-02-01", "2025-02-01", []),
        ("2025-01-31", "2025-01-31", "2025-01-31", ["dates after 2025-01-31, up to 2025-02-01"]),
        ("2024-01-01", "2030-01-01", "2025-01-01", ["first date that is scored is 2025-01-01",
                                                     "newest date is 2025-02-01"]),
    ],
)  # fmt: skip
def test_a_range_says_what_it_comes_to(published_world, first, last, begins, notes):
    found = plan(published_world.paths, first, last)
    assert str(found.rebuild_from) == begins
    assert len(found.notes) == len(notes)
    for note, said in zip(notes, found.notes, strict=True):
        assert note in said


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2025-02-02", None, "No date from 2025-02-02 on has been scored yet: the newest is 2025-"),
        ("2025-02-01", "2025-01-31", "ends (2025-01-31) before it begins (2025-02-01)"),
        ("last week", None, "from: 'last week' is not a date"),
        ("2025-01-31", "31.1.", "to: '31.1.' is not a date"),
    ],
)
def test_an_impossible_range_is_refused(published_world, first, last, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        plan(published_world.paths, first, last)


def test_without_a_published_version_there_is_nothing_to_compute_again(tmp_path, published_world):
    empty = published_world.settings.paths("another")
    with pytest.raises(BadInput, match="Nothing has been published yet"):
        plan(empty, "2025-01-31", None)


def test_the_job_publishes_what_a_full_refresh_publishes(world):
    before, rows = versions.current_version(world.paths), published_rows(world)
    job = build_defs(settings=world.settings).resolve_job_def("backfill")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(
            run_config={"from": "2025-01-31", "to": "2025-01-31"}, instance=instance
        )
    assert result.success
    again = versions.current_version(world.paths)
    assert again != before and published_rows(world) == rows
    Refresh(world.settings, full=True).run()
    assert versions.current_version(world.paths) != again and published_rows(world) == rows
