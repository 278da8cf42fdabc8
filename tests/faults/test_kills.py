"""The short version of the harness: kills in every stage, readers reading, nothing wrong."""

import pytest

from orchestration.publishing import versions
from tests.faults.client import Readers
from tests.faults.kills import ORDERS

# Stage by stage; the long version (`make faults`) has a thousand.
KILLS = {
    "land": 1,
    "expect_raw": 1,
    "build": 2,
    "expect_marts": 1,
    "publish": 3,
    "switch": 3,
    "log": 2,
    "rollback": 1,
}

RECOVER_AFTER = ("expect_marts", "log", "rollback")


def test_kills_in_every_stage_harm_no_reader_and_lose_no_version(world, killing, tmp_path):
    readers = killing.readers = Readers(world, "mini", tmp_path / "readers")
    try:
        readers.wait_until_all_read()
        for order in ("refresh", "publish"):
            killing.measure_clean(order)
        for stage, number in KILLS.items():
            for _ in range(number):
                killing.step(stage)
            if stage in RECOVER_AFTER:
                killing.recover(stage)
        readers.wait_until_all_read()
    finally:
        readers.close()
    assert killing.problems == [] and readers.problems() == ""
    rows = killing.tally.values()
    assert sum(row.kills for row in rows) >= 5  # some end before they are killed
    assert sum(row.reads for row in rows) > 20
    for name in ("wrong_reads", "read_errors", "wrong_states", "lost_versions"):
        assert sum(getattr(row, name) for row in rows) == 0, name
    assert sum(row.recoveries for row in rows) == len(RECOVER_AFTER)
    assert sum(row.failed_recoveries for row in rows) == 0
    assert max(row.seconds_beyond_refresh for row in rows) < 60


@pytest.mark.parametrize("stage", ["build", "kept", "log"])
def test_a_refresh_killed_at_a_stage_ends_old_or_new_and_the_next_one_repairs_it(
    world, killing, stage
):
    world.land(2)
    before = versions.current_version(world.paths)
    this = killing.attempt("refresh", harm={"stage": stage, "do": "die"})
    assert this.was_killed and killing.judge(this, before) == []
    expected = this.refresh_id if stage == "log" else before
    assert versions.current_version(world.paths) == expected
    after = killing.attempt("refresh")
    assert after.exit_code == 0 and killing.judge(after, expected) == []
    now = versions.current_version(world.paths)
    assert now == (this.refresh_id if stage == "log" else after.refresh_id)
    assert killing.shown == {before: 1, now: 2} and killing.newly_lost() == []
    assert versions.names(world.paths) == sorted([before, now])


def test_every_stage_has_an_order():
    from tests.faults.__main__ import SHARES

    assert set(KILLS) == set(SHARES) == set(ORDERS)
    assert sum(SHARES.values()) == 1000 and SHARES["switch"] >= 200
