"""A run that Dagster started waits for another refresh, and fences one that Dagster has given up.

On the command line a second refresh ends at once with exit code 4; under the daemon nobody is there
to start it again.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import dagster as dg

from orchestration.base.errors import Busy
from orchestration.base.lock import claim
from orchestration.dagster.resources import REFRESH_ID
from orchestration.refresh import Refresh

Result = TypeVar("Result")
PATIENCE_SECONDS = 15 * 60
PAUSE_SECONDS = 5.0


def open_when_free(refresh: Refresh, instance: Any, **options: float) -> None:
    """Open the refresh as soon as nobody holds the lock; Busy when that takes too long."""
    fenced: set[str] = set()

    def fence(busy: Busy) -> None:
        holder = busy.holder.get("refresh_id", "")
        if holder not in fenced and is_orphan(instance, holder):
            # Its process lives on, but its run is over: whatever it does, it may not publish.
            claim(refresh.paths.token, refresh.refresh_id)
            fenced.add(holder)
            refresh.progress.line(f"refresh {holder} was given up: it can no longer publish")

    when_free(refresh.open, fence, **options)


def when_free(
    act: Callable[[], Result],
    meanwhile: Callable[[Busy], None] = lambda busy: None,
    *,
    patience: float = PATIENCE_SECONDS,
    pause: float = PAUSE_SECONDS,
) -> Result:
    """The result of `act` as soon as it finds the lock free; Busy after `patience` seconds."""
    until = time.monotonic() + patience
    while True:
        try:
            return act()
        except Busy as busy:
            if time.monotonic() > until:
                raise
            meanwhile(busy)
            time.sleep(pause)


def is_orphan(instance: Any, refresh_id: str) -> bool:
    """Does the refresh belong to a run that Dagster counts as ended?"""
    runs = instance.get_runs(dg.RunsFilter(tags={REFRESH_ID: refresh_id})) if refresh_id else []
    return any(run.is_finished for run in runs)
