"""Kill refreshes until each stage has its share of the goal; add what happened to the figures.

    python -m tests.faults [--kills 1000] [--stage switch] [--seed 7]

Resumable: what benchmarks/faults.csv holds for this code version counts, figures are added after
every ten attempts, and an interrupt loses no more than those. Exit code 1 when anything was wrong.
"""

import argparse
import random
import secrets
import sys
import tempfile
import time
from pathlib import Path

from orchestration.base.files import remove_tree
from tests.faults import figures
from tests.faults.client import Readers, Worker
from tests.faults.company import make_promises
from tests.faults.kills import ORDERS, RECOVER_AFTER, Killing

# Of 1,000 kills. Publishing is where readers could be harmed, so it gets the most; a kill in a
# build costs most of a refresh.
SHARES = {
    "land": 70,
    "expect_raw": 30,
    "build": 120,
    "expect_marts": 30,
    "publish": 350,
    "switch": 300,
    "log": 60,
    "rollback": 40,
}


def missing(goal: int, version: str) -> dict[str, int]:
    """How many kills each stage lacks."""
    rows = figures.read()
    done = {stage: rows[version, stage].kills for stage in SHARES if (version, stage) in rows}
    wanted = {stage: -(-goal * share // 1000) for stage, share in SHARES.items()}
    return {stage: max(0, number - done.get(stage, 0)) for stage, number in wanted.items()}


def kill(stages: dict[str, int], rng: random.Random, root: Path) -> bool:
    """Kill in one world until every stage has its number. True when nothing was wrong."""
    world = make_promises(root / "world")
    worker = Worker(world, "promises")
    readers = None
    try:
        killing = Killing(world, worker, rng)
        killing.first_refresh()
        readers = killing.readers = Readers(world, "promises", root / "readers")
        readers.wait_until_all_read()
        for order in sorted({ORDERS[stage] for stage in stages} - {"rollback"}):
            killing.measure_clean(order)
        readers.since_last()
        loop(killing, stages)
        for problem in killing.problems:
            say(f"WRONG: {problem}")
        if readers.problems():
            say(f"WRONG: {readers.problems()}")
        return not killing.problems and not readers.problems()
    finally:
        worker.close()
        if readers:
            readers.close()
        remove_tree(world.paths.for_dbt)


def loop(killing: Killing, stages: dict[str, int]) -> None:
    left = dict(stages)
    steps = 0
    while any(number > 0 for number in left.values()):
        stage = max(left, key=lambda name: left[name])
        this = killing.step(stage)
        steps += 1
        if this.was_killed and this.stage in left:
            left[this.stage] -= 1
        if steps % RECOVER_AFTER == 0:
            killing.recover(stage)
            flush(killing, left)
    killing.recover(stage)
    flush(killing, left)


def flush(killing: Killing, left: dict[str, int]) -> None:
    for row in killing.tally.values():
        figures.add(row)
    killing.tally.clear()
    open_kills = sum(number for number in left.values() if number > 0)
    say(
        f"{open_kills} kills to go: {left}; {len(killing.problems)} problems; "
        f"{killing.cpu_seconds:.0f} s of CPU so far"
    )


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="the goal for this code version")
    parser.add_argument("--stage", choices=SHARES, help="this stage alone")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    given = parser.parse_args()
    version = figures.code_version()
    left = missing(given.kills, version)
    say(f"code version {version}, seed {given.seed}, kills to go: {left}")
    rng = random.Random(given.seed)
    is_well = True
    # Stamped builds are published in a world of their own: whole refreshes would build on them.
    for orders in ({"refresh"}, {"publish", "rollback"}):
        stages = {
            stage: number
            for stage, number in left.items()
            if number and ORDERS[stage] in orders and given.stage in (None, stage)
        }
        if stages:
            with tempfile.TemporaryDirectory() as folder:
                is_well = kill(stages, rng, Path(folder)) and is_well
    for (code, stage), row in figures.read().items():
        if code == version:
            print(
                f"{stage}: {row.kills} kills, {row.reads} reads, {row.wrong_reads} wrong, "
                f"{row.read_errors} errors, {row.lost_versions} versions lost, "
                f"{row.recoveries} recoveries, at most {row.seconds_beyond_refresh} s beyond"
            )
    raise SystemExit(0 if is_well else 1)


if __name__ == "__main__":
    main()
