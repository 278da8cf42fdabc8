"""Several processes at once: a second refresh, an orphan, a rollback, readers of every age."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publishing import refresh_log, versions
from tests.faults.client import Worker
from tests.faults.company import World
from tests.faults.kills import Killing
from tests.faults.readers import read_parquet, read_query


class Aside:
    """A refresh of generation 2, stopped between syncing its version and the switch."""

    def __init__(self, world: World, worker: Worker, events: Path):
        self.events = events
        order = {"do": "refresh", "root": str(world.root), "now": "2030-01-01T00:00:00+00:00"}
        worker.order(**order, aside=str(events), harm={"stage": "kept", "do": "stop"})
        self.hear("stage", "kept")
        self.pid = self.hear("pid")

    def hear(self, key: str, value: str | None = None) -> Any:
        """What it told of the key, waited for; `value` for one telling among several."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            lines = self.events.read_text().splitlines() if self.events.exists() else []
            told = [json.loads(line)[key] for line in lines if f'"{key}"' in line]
            if told and value in (None, *told):
                return told[-1]
            time.sleep(0.02)
        raise AssertionError(f"it never told {key} {value}")

    def wake(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def stopped(world, base, tmp_path):
    world.land(2)
    aside = Aside(world, base[1], tmp_path / "events")
    yield aside
    os.kill(aside.pid, signal.SIGKILL)  # one that has ended stays a zombie of its worker


def test_two_refreshes_at_once_one_works_the_other_is_told_who_does(world, killing, stopped):
    second = killing.attempt("refresh")
    assert second.exit_code == 4
    assert f"process {stopped.pid} on" in second.error and "Nothing was changed" in second.error
    stopped.wake()
    stopped.hear("done")
    assert versions.current_version(world.paths) == stopped.hear("refresh_id")
    assert killing.attempt("refresh").exit_code == 0  # there is nothing new


def test_an_orphan_whose_lock_is_gone_can_t_publish_over_the_newest(world, killing, stopped):
    world.paths.lock.unlink()  # the state was moved, or restored: the orphan's lock is another file
    world.land(3)
    killing.generation = 3
    newest = killing.attempt("refresh")
    assert newest.exit_code == 0 and versions.current_version(world.paths) == newest.refresh_id
    stopped.wake()
    error = stopped.hear("error")
    assert "no longer the newest" in error
    assert versions.current_version(world.paths) == newest.refresh_id
    assert killing.judge(newest, newest.refresh_id) == []


def test_a_rollback_overtakes_a_refresh_that_runs(world, killing, base, tmp_path):
    first = versions.current_version(world.paths)
    assert killing.attempt("publish").exit_code == 0
    world.land(3)
    running = Aside(world, base[1], tmp_path / "events")
    began = time.monotonic()
    done = killing.attempt("rollback")
    assert done.exit_code == 0 and time.monotonic() - began < 60
    running.wake()
    error = running.hear("error")
    assert "no longer the newest" in error and "rollback" in error
    assert versions.current_version(world.paths) == first


def test_readers_keep_what_they_opened_and_new_ones_see_the_new(world, killing):
    """With more publications than versions are kept, while the oldest is still held open."""
    old = world.paths.current.resolve()
    with duckdb.connect(
        str(world.paths.current / "customer_health.duckdb"), read_only=True
    ) as held:
        for generation in range(2, 8):
            killing.generation = generation
            this = killing.attempt("publish")
            assert this.exit_code == 0
            assert read_query(world.shape, world.paths.current).generations == {generation}
            assert read_parquet(world.shape, world.paths.current).generations == {generation}
            assert held.execute("select distinct points from marts.dim_accounts").fetchall() == [
                (10,)
            ]
        assert not old.exists()
        assert len(versions.names(world.paths)) == world.settings.keep_versions == 5
        assert held.execute("select count(*) from marts.fct_account_health").fetchall() == [(3,)]


def test_the_log_says_of_every_refresh_how_it_ended(world, killing):
    killing.attempt("publish", harm={"stage": "publish", "do": "die"})
    killing.attempt("publish", harm={"stage": "log", "do": "die"})
    killing.attempt("rollback")
    killing.attempt("publish")
    statuses = [entry["status"] for entry in refresh_log.entries(world.paths)]
    assert statuses == ["published", "killed", "published", "rolled_back", "published"]


def test_killing_takes_generations_in_turn(world, base):
    killing = Killing(world, base[1], None, generation=10)
    killing._next_generation()
    assert killing.generation == 1
