"""Killed and repeated, run twice, rolled back and forth: the tables are those of one clean run."""

import hashlib

import pytest

from orchestration.publishing import versions
from tests.faults.conftest import copy_of
from tests.faults.kills import Killing

# What names the refresh itself; everything else is the same to the last bit.
OWN = ("refresh_log", "quality_sources", "fct_published_scores")


def tables(world) -> dict[str, str]:
    """A hash of every Parquet file that readers see."""
    folder = world.paths.current / "parquet"
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
        if path.relative_to(folder).parts[0] not in OWN
    }


@pytest.fixture(scope="module")
def clean(base, tmp_path_factory):
    """The tables of generation 2 after one clean run."""
    world = copy_of(base[0], tmp_path_factory.mktemp("clean") / "world")
    world.land(2)
    killing = Killing(world, base[1], None, generation=2)
    assert killing.attempt("refresh").exit_code == 0
    found = tables(world)
    assert len(found) >= 6
    return found


def test_a_killed_refresh_that_is_repeated_ends_in_the_same_tables(world, killing, clean):
    world.land(2)
    for stage in ("land", "build", "publish", "kept"):
        this = killing.attempt("refresh", harm={"stage": stage, "do": "die"})
        assert this.was_killed
    assert killing.attempt("refresh").exit_code == 0
    assert tables(world) == clean


def test_a_full_refresh_and_a_rerun_end_in_the_same_tables(world, killing, clean):
    world.land(2)
    assert killing.attempt("refresh").exit_code == 0
    assert tables(world) == clean
    current = versions.current_version(world.paths)
    assert killing.attempt("refresh").exit_code == 0  # nothing new
    assert versions.current_version(world.paths) == current
    assert killing.attempt("refresh", full=True).exit_code == 0
    assert versions.current_version(world.paths) != current
    assert tables(world) == clean


def test_a_rollback_shows_the_same_tables_as_before_and_leads_back(world, killing, clean):
    before = tables(world)
    assert before != clean
    world.land(2)
    assert killing.attempt("refresh").exit_code == 0
    newest = versions.current_version(world.paths)
    assert killing.attempt("rollback").exit_code == 0
    assert tables(world) == before
    assert killing.attempt("rollback", version=newest).exit_code == 0
    assert tables(world) == clean
