"""Kill refreshes at random moments while readers read; look at everything after each.

An `Attempt` is one refresh (or publishing, or rollback) in a forked child. After it, whatever
happened to it: readers see the version from before or the one that it made, that version is whole,
and so is every version that readers were ever shown and that pruning keeps.
"""

import random
import signal
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from orchestration.publishing import version_check, versions
from tests.faults import figures, ledger
from tests.faults.attempt import Attempt, run
from tests.faults.client import Readers, Worker
from tests.faults.company import World
from tests.faults.readers import read_query

# What is ordered to get a kill in a stage. A rollback is a stage of its own.
ORDERS = {
    "land": "refresh",
    "expect_raw": "refresh",
    "build": "refresh",
    "expect_marts": "refresh",
    "publish": "publish",
    "switch": "publish",
    "log": "publish",
    "rollback": "rollback",
}
RECOVER_AFTER = 10  # kills in a row, then one attempt that nobody disturbs


class Killing:
    """The loop over one world. `tally` collects what is then added to the figures."""

    def __init__(self, world: World, worker: Worker, rng: random.Random, generation: int = 1):
        self.world, self.worker, self.rng = world, worker, rng
        self.readers: Readers | None = None
        self.shown: dict[str, int] = {}  # every version that readers were ever shown
        self.lost: set[str] = set()
        self.published: set[ledger.Row] = set()  # the ledger as readers last saw it
        self.spans: dict[str, float] = {}  # seconds that a stage takes when nobody disturbs it
        self.clean_seconds: dict[str, float] = {}
        self.generation = generation  # the one that is landed, or stamped, next
        self.last_now = datetime.now(UTC)
        self.tally: dict[str, figures.Row] = {}
        self.version = figures.code_version()
        self.problems: list[str] = []
        self.cpu_seconds = 0.0  # of all attempts
        self._note_current()

    # One attempt

    def attempt(self, order: str, kill_in: str | None = None, **details: Any) -> Attempt:
        """Run an order; with `kill_in` kill it at a random moment after that stage has begun."""
        this = Attempt(order, self.generation)
        facts = {"root": str(self.world.root), "now": self._now(), "generation": self.generation}
        delay = self.rng.uniform(0, self.spans.get(kill_in, 0.05)) if kill_in else 0.0
        run(this, self.worker, {**facts, **details}, kill_in, delay)
        self.cpu_seconds += this.cpu_seconds
        if this.exit_code == 0:
            self._learn(order, this.begins)
        return this

    def _now(self) -> str:
        """Never the same second twice: versions are ordered by it."""
        self.last_now = max(datetime.now(UTC), self.last_now + timedelta(seconds=1))
        return self.last_now.isoformat()

    def _learn(self, order: str, begins: list[tuple[str, float]]) -> None:
        for (stage, moment), (_, end) in pairwise(begins):
            if ORDERS.get(stage, order) == order:
                self.spans[stage] = max(end - moment, 0.005)
        kept = self.spans.pop("kept", 0.0)
        if kept and order == ORDERS["switch"]:
            self.spans["switch"] += kept

    # What must hold after it

    def judge(self, this: Attempt, before: str | None) -> list[str]:
        """What is wrong now; empty when all is as promised."""
        wrong = []
        current = versions.pointed_at(self.world.paths)
        if this.exit_code not in (0, -signal.SIGKILL):
            wrong.append(f"{this.order} ended with {this.exit_code}: {this.error}")
        if current != before and current != this.refresh_id and this.order != "rollback":
            wrong.append(f"readers see {current}, neither {before} nor {this.refresh_id}")
        if this.order == "rollback" and current not in self.shown:
            wrong.append(f"readers were rolled back to {current}, which they had never seen")
        trouble = version_check.trouble(self.world.paths)
        if trouble:
            return [*wrong, trouble]
        generation = self._note_current()
        expected = this.generation if current == this.refresh_id else self.shown.get(current)
        if generation != expected:
            wrong.append(f"{current} has generation {generation} instead of {expected}")
        if this.order == "refresh" and current == this.refresh_id:
            wrong += self._judge_ledger()
        return wrong

    def _judge_ledger(self) -> list[str]:
        current, earlier = self.world.paths.current, self.published
        self.published = ledger.read(current)[0]
        return ledger.trouble(current, earlier, self.shown)

    def _note_current(self) -> int | None:
        """Remember what readers are shown; returns its generation."""
        current = versions.current_version(self.world.paths)
        if current is None:
            return None
        generations = read_query(self.world.shape, self.world.paths.current).generations
        generation = next(iter(generations)) if len(generations) == 1 else None
        self.shown.setdefault(current, generation)
        return generation

    def newly_lost(self) -> list[str]:
        """Versions that readers were shown, that pruning keeps, and that are not whole."""
        kept = sorted(self.shown)[-self.world.settings.keep_versions :]
        lost = {
            name
            for name in kept
            if name not in self.lost and version_check.damage(self.world.paths.versions / name)
        }
        self.lost |= lost
        return sorted(lost)

    # The loop

    def step(self, stage: str) -> Attempt:
        """One attempt to kill in a stage, judged and counted where it really died."""
        order = ORDERS[stage]
        before = versions.pointed_at(self.world.paths)
        this = self.attempt(order, stage)
        if this.stage in {"switch", "kept"}:
            is_switched = versions.pointed_at(self.world.paths) == this.refresh_id
            this.stage = "log" if is_switched else "switch"
        row = self._row(this.stage if this.was_killed else stage)
        row.kills += this.was_killed
        self._judge_into(row, this, before)
        if versions.pointed_at(self.world.paths) == this.refresh_id:
            self._next_generation()
        return this

    def recover(self, stage: str) -> Attempt:
        """An undisturbed attempt after kills: it must end well, and soon."""
        order = "publish" if ORDERS[stage] == "rollback" else ORDERS[stage]
        before = versions.pointed_at(self.world.paths)
        this = self.attempt(order)
        row = self._row(stage)
        row.recoveries += 1
        is_well = this.exit_code == 0 and versions.pointed_at(self.world.paths) == this.refresh_id
        row.failed_recoveries += not is_well
        if not is_well:
            self.problems.append(f"recovery in {stage}: {this}")
        beyond = this.seconds - self.clean_seconds.get(order, this.seconds)
        row.seconds_beyond_refresh = max(row.seconds_beyond_refresh, round(beyond, 1))
        self._judge_into(row, this, before)
        self._next_generation()
        return this

    def first_refresh(self) -> None:
        """Something for readers to read, and a build for the orders that only publish."""
        self.measure_clean("refresh", prepare=True)

    def measure_clean(self, order: str, **details: Any) -> None:
        """How long an order takes when nothing was killed before it."""
        this = self.attempt(order, **details)
        if this.exit_code != 0:
            raise RuntimeError(f"an undisturbed {order} failed: {this}")
        self.clean_seconds[order] = this.seconds
        self._note_current()
        self._next_generation()

    def _judge_into(self, row: figures.Row, this: Attempt, before: str | None) -> None:
        wrong, lost = self.judge(this, before), self.newly_lost()
        row.wrong_states += bool(wrong)
        row.lost_versions += len(lost)
        if self.readers:
            reads, wrong_reads, errors = self.readers.since_last()
            row.reads += reads
            row.wrong_reads += wrong_reads
            row.read_errors += errors
        self.problems += [*wrong, *(f"lost {name}" for name in lost)]

    def _next_generation(self) -> None:
        self.generation = self.generation % self.world.shape.limit + 1
        self.world.land(self.generation)

    def _row(self, stage: str) -> figures.Row:
        if stage not in self.tally:
            self.tally[stage] = figures.new_row(stage, self.version)
        return self.tally[stage]
