"""Refresh a company of histories in every way that must make no difference, and compare the marts.

incremental   load by load, as the plan says
again         once more without anything new: nothing is published
full          the same loads in an empty state, once
again in full the same once more: equal to the byte, as Parquet
permuted      in an empty state, with rows and files in another order
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.base.build_files import open_build
from orchestration.base.errors import BadInput
from orchestration.base.progress import Progress
from orchestration.base.settings import Settings
from orchestration.refresh import Outcome, Refresh
from tests.properties.company import COMPANY_ID, Batch, land, write_company
from tests.properties.compare import (
    Difference,
    bridge_gaps,
    differences,
    different_files,
    parquet_gaps,
)
from tests.properties.plan import Run
from tests.support.states import begin_anew


class HistoryRefresh(Refresh):
    """A refresh that wild data does not stop.

    `has_gates` False leaves out the expectations and dbt's data tests: whether they pass is not
    what is proven, and generated data fall and rise as no company's do.
    """

    has_gates = False

    def expect_raw(self) -> Any:
        """The gate of the raw tables; where there are none, an outcome without any check."""
        if self.has_gates:
            return super().expect_raw()
        from orchestration.expectations.stages import Gates

        self.gates = Gates.of(self)
        return self._nothing_expected("raw")

    def expect_marts(self) -> Any:
        """The gate of the built marts, likewise."""
        return super().expect_marts() if self.has_gates else self._nothing_expected("marts")

    def _nothing_expected(self, gate: str) -> Any:
        from orchestration.expectations.gate import GateOutcome

        outcome = GateOutcome(gate, [])
        self.gates.outcomes.append(outcome)
        return outcome

    def build(self) -> Any:
        from orchestration.warehouse.build import build

        with self.progress.stage("build", "models") as stage:
            self.build_outcome = build(
                self.settings,
                self.project,
                self.build_file,
                stage,
                basis=self.basis,
                is_tested=self.has_gates,
            )
        return self.build_outcome


@dataclass
class Workshop:
    """A folder to work in, and the dbt project as it was parsed for it, once."""

    folder: Path
    project: Any = None
    reason: str = ""  # what the last refresh's build started from
    say: Callable[[str], None] = lambda line: None

    @property
    def settings(self) -> Settings:
        return Settings(
            state_dir=self.folder / "state",
            published_dir=self.folder / "published",
            company_folder=self.company,
            keep_versions=1,
        )

    @property
    def company(self) -> Path:
        return self.folder / "company"

    def begin(self) -> None:
        """An empty state; what dbt parsed stays good."""
        shutil.rmtree(self.folder / "published", ignore_errors=True)
        begin_anew(self.folder / "state" / COMPANY_ID)

    def refresh(self, run: Run, *, full: bool = False) -> Outcome:
        began = time.monotonic()
        refresh = HistoryRefresh(
            self.settings,
            now=run.now,
            as_of=run.as_of and date.fromisoformat(run.as_of),
            rebuild_from=run.rebuild_from and date.fromisoformat(run.rebuild_from),
            full=full,
            progress=Progress(lambda line: None),
        )
        refresh.project = self.project
        outcome = refresh.run()
        self.project = refresh.project
        self.reason = refresh.basis.reason if refresh.basis else "no build"
        self.say(
            f"    load {run.load}, {run.at[:16]}, as of {run.as_of or 'newest'}: {outcome.status}, "
            f"{self.reason} {time.monotonic() - began:.1f} s"
        )
        return outcome

    def bounds(self) -> tuple[date, date, int, int]:
        """The first as-of date of the last build, the one from which it computed, and how many rows
        of accounts and dates among these it did not measure, and did not score anew."""
        with open_build(self.settings.paths(COMPANY_ID).audited_file) as connection:
            first, begin, changed, carried, kept = connection.execute(
                "select first_date, build_from, changed_from, "
                "(select count(*) from indicators.int_indicators__carried_dates), "
                "(select count(*) from scoring.int_scoring__kept_dates as kept "
                "where kept.as_of_date >= build_bounds.build_from) "
                "from indicators.int_accounts__build_bounds as build_bounds"
            ).fetchone()
        self.say(
            f"        computed from {begin}; dates begin {first}, changed from {changed}; "
            f"{carried} rows not measured anew, {kept} not scored anew"
        )
        return first, begin, carried, kept

    def keep(self, name: str) -> Path:
        """Put the published version aside under a name."""
        kept = self.folder / "kept" / name
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree((self.folder / "published" / COMPANY_ID / "current").resolve(), kept)
        return kept


@dataclass
class Verdict:
    """What became of a batch."""

    differences: list[Difference] = field(default_factory=list)
    refreshes: int = 0
    carried: int = 0  # refreshes that kept as-of dates as an earlier build left them
    not_measured: int = 0  # rows of accounts and dates that were scored by what was measured before
    not_scored: int = 0  # … and that kept the scores that an earlier build gave them
    built: list[str] = field(default_factory=list)  # what each load's build started from

    @property
    def histories(self) -> set[str]:
        """Numbers of the histories that differ; empty text for what belongs to none."""
        return {number for found in self.differences for number in found.histories}


WAYS = ("again", "again in full", "permuted")


def prove(workshop: Workshop, batch: Batch, *, ways: tuple[str, ...] = WAYS) -> Verdict:
    """Load by load against all at once; and the other ways that are asked for."""
    verdict = Verdict()
    workshop.begin()
    write_company(workshop.company, batch)
    last = _load_by_load(workshop, batch, verdict)
    incremental = workshop.keep("incremental")
    if "again" in ways and workshop.refresh(last).status != "nothing_new":
        verdict.differences.append(Difference("again", "refresh", "published anew", {""}))

    workshop.begin()
    workshop.refresh(last, full=True)
    full = workshop.keep("full")
    verdict.differences += differences("incremental", incremental, full)
    verdict.differences += bridge_gaps(incremental) + bridge_gaps(full)
    verdict.differences += parquet_gaps(incremental)
    verdict.refreshes += 1
    if "again in full" in ways:
        workshop.refresh(last, full=True)
        verdict.differences += different_files("again in full", workshop.keep("again"), full)
        verdict.refreshes += 1
    if "permuted" in ways:
        workshop.begin()
        write_company(workshop.company, batch)
        for load in range(1, last.load + 1):
            land(workshop.company, batch, load, salt=f"other order {batch.plan.seed}")
        workshop.refresh(last)
        verdict.differences += differences("permuted", workshop.keep("permuted"), full)
        verdict.refreshes += 1
    return verdict


def _load_by_load(workshop: Workshop, batch: Batch, verdict: Verdict) -> Run:
    """The plan's refreshes; the last one that published, as a full refresh may repeat it."""
    last, landed = batch.plan.runs[-1], 0
    for run in batch.plan.runs:
        while landed < run.load:
            landed += 1
            land(workshop.company, batch, landed)
        verdict.refreshes += 1
        try:
            status = workshop.refresh(run).status
        except BadInput:
            if run is batch.plan.runs[-1]:
                raise
            continue  # it asked for a date by which nobody existed, as a full one would say too
        if status == "published":
            last = run
        first, begin, carried, kept = workshop.bounds()
        verdict.carried += begin > first
        verdict.not_measured += carried
        verdict.not_scored += kept
        verdict.built.append(f"{workshop.reason}: {begin} of {first}")
    return Run(last.load, last.at, last.as_of)
