"""Alerts of a refresh on the command line: under cron nobody else would tell."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from orchestration.alerts.tell import Audience, Problem, tell
from orchestration.base.errors import BadInput, Blocked, Busy, told
from orchestration.base.progress import Progress
from orchestration.base.settings import Settings
from orchestration.company.company import Company


class Tellable(Protocol):
    """What is told of a refresh: which one it is, and of whom, once company.yml has been read."""

    @property
    def refresh_id(self) -> str: ...
    @property
    def company(self) -> Company | None: ...


class Teller:
    """Tells what the refresh log holds after opening (a killed one before), and how this one ended.

    Raises nothing: how a refresh ends is never changed by an alert.
    """

    def __init__(self, settings: Settings, folder: Path, say: Callable[[str], None] | None = None):
        self.settings = settings
        self.folder = folder
        self.say = say or Progress().line

    def opened(self, refresh: Tellable) -> None:
        """The log is reconciled: a refresh that was killed is in it now."""
        self._tell(refresh, healthy=False)

    def ended(self, refresh: Tellable) -> None:
        self._tell(refresh, healthy=True)

    def failed(self, refresh: Tellable | None, error: BaseException) -> None:
        """Whoever pressed Ctrl-C knows; another refresh that runs is no failure unless it hangs."""
        if isinstance(error, KeyboardInterrupt) or refresh is None:
            return
        if isinstance(error, Busy):
            problem = stuck(error, self.settings)
        else:
            problem = Problem(refresh.refresh_id, kind_of(error), told(error))
        if problem:
            self._tell(refresh, problem=problem)

    def differs(self, error: BaseException) -> None:
        """`health verify` found a difference, or could not end."""
        if not isinstance(error, Busy | BadInput | KeyboardInterrupt):
            key = f"verify-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            self._tell(None, problem=Problem(key, "verify", told(error)))

    def _tell(
        self, refresh: Tellable | None, *, problem: Problem | None = None, healthy: bool = False
    ) -> None:
        with contextlib.suppress(Exception):
            company = refresh.company if refresh else None
            audience = Audience.of(company) if company else Audience.of_folder(self.folder)
            tell(
                self.settings,
                audience,
                problem=problem,
                healthy_id=refresh.refresh_id if refresh and healthy else None,
                say=self.say,
            )


def kind_of(error: BaseException) -> str:
    if isinstance(error, Blocked):
        return "blocked"
    return "bad_input" if isinstance(error, BadInput) else "failed"


def stuck(error: Busy, settings: Settings) -> Problem | None:
    """A refresh that has held the lock for longer than any refresh may run."""
    if not error.holder:
        return None
    running = datetime.now(UTC) - datetime.fromisoformat(error.holder["since"])
    if running < timedelta(seconds=settings.max_runtime_seconds):
        return None
    return Problem(
        f"stuck-{error.holder['refresh_id']}",
        "stuck",
        f"Refresh {error.holder['refresh_id']}, process {error.holder['pid']} on "
        f"{error.holder['host']}, has been running since {error.holder['since']}.",
    )
