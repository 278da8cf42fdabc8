"""The ledger of published scores: nothing is lost, nothing doubled, nothing rewritten."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime

import duckdb
import pytest

from orchestration.base.settings import PROJECT_ROOT
from orchestration.publishing.rollback import roll_back

JANUARY, FEBRUARY = "2025-01-01", "2025-02-01"
# What the first refresh shows: ten points for each day with use, see tests/support/mini.py.
FIRST = {("a", JANUARY, 50.0), ("b", JANUARY, 60.0), ("a", FEBRUARY, 70.0)}
KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration.publishing import versions
from tests.support.mini import World
versions.switch = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
World(Path(sys.argv[1])).refresh()
"""


def ledger(world) -> list[tuple]:
    """All rows: account, date, score, refresh id, the refresh that is restated, is withdrawn."""
    with duckdb.connect(str(world.database), read_only=True) as connection:
        return connection.execute(
            "select account_id, as_of_date::varchar, score, refresh_id, restates, is_withdrawn "
            "from marts.fct_published_scores order by refresh_id, as_of_date, account_id"
        ).fetchall()


def shown(rows: list[tuple], refresh_id: str) -> set[tuple]:
    return {row[:3] for row in rows if row[3] == refresh_id}


def test_the_first_publication_is_the_first_row_of_each_score(published_world):
    rows = ledger(published_world)
    assert {row[:3] for row in rows} == FIRST
    assert {row[4:] for row in rows} == {(None, False)}


def test_a_score_that_changes_is_restated_and_the_others_stay(world):
    first = ledger(world)
    world.use("late", ("b", "2025-01", 8))
    second = world.refresh()
    rows = ledger(world)
    assert set(first) <= set(rows)
    (new,) = set(rows) - set(first)
    assert new == ("b", JANUARY, 80.0, second.refresh_id, first[0][3], False)
    assert '"accounts": 1' in (second.folder / "manifest.json").read_text()


def test_a_score_that_is_gone_is_withdrawn(world):
    first = ledger(world)
    for file in (world.root / "company" / "landed").glob("usage_daily_*"):
        file.unlink()
    shutil.rmtree(world.paths.state / "loads")
    (world.paths.audited_file).unlink()
    world.use("first", ("a", "2025-01", 5), ("a", "2025-02", 7))
    second = world.refresh()
    (new,) = set(ledger(world)) - set(first)
    assert new == ("b", JANUARY, None, second.refresh_id, first[0][3], True)


def test_a_rebuild_from_the_archived_loads_adds_nothing(world):
    first = ledger(world)
    world.paths.audited_file.unlink()
    world.use("next", ("c", "2025-02", 3))
    second = world.refresh()
    rows = ledger(world)
    assert [row for row in rows if row[3] != second.refresh_id] == first
    assert shown(rows, second.refresh_id) == {("c", FEBRUARY, 30.0)}


def test_a_rollback_loses_nothing_of_what_was_shown(world):
    first = ledger(world)
    world.use("wrong", ("b", "2025-01", 8))
    second = world.refresh()
    roll_back(world.paths, author="ada", reason="wrong file")
    assert ledger(world) == first  # the version is what it was
    world.use("next", ("c", "2025-02", 3))
    third = world.refresh()
    rows = ledger(world)
    assert shown(rows, second.refresh_id) == {("b", JANUARY, 80.0)}
    assert shown(rows, third.refresh_id) == {("c", FEBRUARY, 30.0)}
    assert set(first) < set(rows)


def test_a_refresh_killed_after_the_ledger_and_before_the_link_leaves_no_row(world):
    first = ledger(world)
    world.use("next", ("c", "2025-02", 3))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(world.root)], cwd=PROJECT_ROOT, check=False
    )
    assert killed.returncode == -9
    (orphan,) = {folder.name for folder in world.paths.ledger.iterdir()} - {first[0][3]}
    assert ledger(world) == first
    second = world.refresh()
    rows = ledger(world)
    assert orphan not in {row[3] for row in rows}
    assert [row for row in rows if row[3] != second.refresh_id] == first
    assert shown(rows, second.refresh_id) == {("c", FEBRUARY, 30.0)}
    assert not (world.paths.ledger / orphan).exists()


def test_what_was_published_stays_where_the_log_of_refreshes_is_lost(world):
    first = ledger(world)
    world.paths.refresh_log.unlink()
    world.use("next", ("c", "2025-02", 3))
    world.refresh(now=datetime.now(UTC))
    assert set(first) < set(ledger(world))


@pytest.mark.parametrize("table", ["published_scores"])
def test_a_row_is_never_written_again(world, table):
    (folder,) = world.paths.ledger.iterdir()
    before = (folder / f"{table}.parquet").read_bytes()
    world.use("late", ("b", "2025-01", 8))
    world.refresh()
    assert (folder / f"{table}.parquet").read_bytes() == before


INCREMENTAL = """\
models:
  - name: fct_published_scores
    config:
      materialized: incremental
      incremental_strategy: replace_where
      incremental_predicates: ["as_of_date in (select as_of_date from {changed})"]
      meta: {changed_by: int_scoring__changed_publications}
"""
# From the third build on no date is computed: what it writes anew follows from the ledger alone.
BOUNDS = """\
select
    date '2025-01-01' as first_date,
    case when build_number < 3 then date '2025-01-01' else date '2030-01-01' end as build_from
from {{ source('config', 'build') }}
"""


def test_what_nobody_was_shown_leaves_a_mart_that_is_carried_on(world):
    models = world.settings.dbt_project_dir / "models"
    (models / "marts" / "fct_published_scores.yml").write_text(INCREMENTAL)
    (models / "staging" / "int_accounts__build_bounds.sql").write_text(BOUNDS)
    world.use("more", ("b", "2025-02", 3))
    first = world.refresh().refresh_id
    before = ledger(world)
    world.use("march", ("a", "2025-03", 4))
    killed = [sys.executable, "-c", KILLED, str(world.root)]
    assert subprocess.run(killed, cwd=PROJECT_ROOT, check=False).returncode == -9
    dead = [row for row in ledger(world) if row not in before]
    assert not dead  # readers see the old version
    last = world.refresh().refresh_id
    rows = ledger(world)
    assert [row for row in rows if row in before] == before
    assert shown(rows, last) == {("a", "2025-03-01", 40.0)}
    assert {row[3] for row in rows} == {row[3] for row in before} | {last}
    assert first in {row[3] for row in rows}
