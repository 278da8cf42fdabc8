"""A run that Dagster started waits for another refresh, and fences one that Dagster has given up.

On the command line a second refresh ends at once with exit code 4; under the daemon nobody is there
to start it again.
"""

import time
from typing import Any

import dagster as dg

from orchestration.errors import Busy
from orchestration.lock import claim
from orchestration.refresh import Refresh
from orchestration.resources import REFRESH_ID

PATIENCE_SECONDS = 15 * 60
PAUSE_SECONDS = 5.0


def open_when_free(
    refresh: Refresh,
    instance: Any,
    *,
    patience: float = PATIENCE_SECONDS,
    pause: float = PAUSE_SECONDS,
) -> None:
    """Open the refresh as soon as nobody holds the lock; Busy when that takes too long."""
    until, fenced = time.monotonic() + patience, ""
    while True:
        try:
            refresh.open()
            return
        except Busy as busy:
            if time.monotonic() > until:
                raise
            holder = busy.holder.get("refresh_id", "")
            if holder != fenced and is_orphan(instance, holder):
                # Its process lives on, but its run is over: whatever it does, it may not publish.
                claim(refresh.paths.token, refresh.refresh_id)
                fenced = holder
                refresh.progress.line(f"refresh {holder} was given up: it can no longer publish")
            time.sleep(pause)


def is_orphan(instance: Any, refresh_id: str) -> bool:
    """Does the refresh belong to a run that Dagster counts as ended?"""
    runs = instance.get_runs(dg.RunsFilter(tags={REFRESH_ID: refresh_id})) if refresh_id else []
    return any(run.is_finished for run in runs)
