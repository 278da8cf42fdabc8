"""The gates as stages of a refresh: they read the state, and leave history, page and JSON in it."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from orchestration.acts import acknowledgements
from orchestration.base.errors import Block
from orchestration.base.files import write_atomic
from orchestration.base.settings import CompanyPaths
from orchestration.company.company import Company
from orchestration.expectations import history as histories
from orchestration.expectations.checks import Result
from orchestration.expectations.gate import GateOutcome, expect_marts, expect_raw
from orchestration.expectations.history import History
from orchestration.expectations.page import Heading, page
from orchestration.landing.loads import read_loads
from orchestration.publishing import refresh_log, version_check, versions

PAGE, DOCUMENT = "expectations.html", "expectations.json"


@dataclass
class Gates:
    """Both gates of one refresh."""

    paths: CompanyPaths
    company: Company
    refresh_id: str
    started_at: datetime
    run_date: date
    as_of: date | None
    memory_limit: str = ""
    outcomes: list[GateOutcome] = field(default_factory=list)
    _history: History | None = None

    @classmethod
    def of(cls, refresh: Any) -> "Gates":
        """Those of a refresh that has been opened."""
        return cls(
            refresh.paths,
            refresh.company,
            refresh.refresh_id,
            refresh.started_at,
            refresh.run_date,
            refresh.as_of,
            refresh.settings.memory_limit,
        )

    @property
    def history(self) -> History:
        """What published refreshes measured."""
        if self._history is None:
            statuses = refresh_log.statuses(self.paths)
            published = [name for name, status in statuses.items() if status == "published"]
            self._history = History.read(self.paths.checks, published)
        return self._history

    def raw(self, build_file: Path) -> GateOutcome:
        """The raw tables, after landing."""
        loads = read_loads(self.paths.state.parent, self.company.id)
        outcome = expect_raw(
            build_file,
            self.company,
            loads,
            self.history,
            acknowledgements.by_cause(self.paths),
            run_date=self.run_date,
            as_of=self.as_of,
            folders=self.paths.raw_folders,
            memory_limit=self.memory_limit,
        )
        return self._keep(outcome, loads[-1].number if loads else 0)

    def marts(self, build_file: Path) -> GateOutcome:
        """The built marts, before publishing."""
        outcome = expect_marts(
            build_file,
            self._published(),
            self.company,
            self.history,
            acknowledgements.by_cause(self.paths),
        )
        return self._keep(outcome, 0)

    @property
    def results(self) -> list[Result]:
        """Of both gates, as far as they came."""
        return [result for outcome in self.outcomes for result in outcome.results]

    @property
    def passed(self) -> int:
        return sum(1 for result in self.results if result.status == "passed")

    @property
    def warned(self) -> tuple[str, ...]:
        """Names of the checks that warned."""
        return tuple(result.name for result in self.results if result.is_warned)

    @property
    def standing(self) -> list[Block]:
        """Outages that go on after this refresh."""
        return [block for outcome in self.outcomes for block in outcome.standing]

    def pages(self) -> dict[str, bytes]:
        """The result for readers, by file name."""
        gates = tuple(outcome.gate for outcome in self.outcomes)
        heading = Heading(self.company.name, self.refresh_id, self.started_at, gates)
        document = {
            "company_id": self.company.id,
            "refresh_id": self.refresh_id,
            "suites": [document for each in self.outcomes for document in each.documents],
            "checks": [
                line
                for outcome in self.outcomes
                for line in histories.lines_of(
                    [_without_personal(result) for result in outcome.results],
                    outcome.gate,
                    self.refresh_id,
                    self.started_at,
                    0,
                )
            ],
        }
        return {
            PAGE: page(heading, self.results, self.history).encode(),
            DOCUMENT: json.dumps(document, indent=1, ensure_ascii=False).encode(),
        }

    def _keep(self, outcome: GateOutcome, load: int) -> GateOutcome:
        """Add what was measured to the history; it counts once the refresh is published."""
        self.outcomes.append(outcome)
        lines = histories.lines_of(
            outcome.results, outcome.gate, self.refresh_id, self.started_at, load
        )
        histories.append(self.paths.checks, lines, self.started_at)
        for name, content in self.pages().items():
            write_atomic(self.paths.expectations / name, content)
        return outcome

    def _published(self) -> Path | None:
        """The folder of what readers see; where that is damaged, of the newest whole version."""
        current = versions.current_version(self.paths)
        if current and not version_check.trouble(self.paths):
            return self.paths.versions / current
        return version_check.newest_whole(self.paths)


def _without_personal(result: Result) -> Result:
    """No figure of a personal column leaves the state."""
    check = result.check
    if not check.is_personal:
        return result
    hidden = replace(check, value=None, low=None, high=None, usual=None)
    return replace(result, check=hidden)
