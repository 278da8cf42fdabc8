"""Starts runs like Dagster's own launcher, and can also tell that a run's process is gone.

Dagster's own leaves that to the code server that started the process. Where the code server is gone
too (the machine was restarted), a run would stay "in progress", and no other could begin, until its
time is up. Imported by Dagster's daemon: nothing else of this project belongs in here.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster import DagsterEventType, DagsterRun
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._serdes import ConfigurableClassData

STARTED = re.compile(r"Started process for run \(pid: (\d+)\)")


class WatchfulRunLauncher(DefaultRunLauncher):
    """Named in dagster.yaml."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> "WatchfulRunLauncher":
        return cls(inst_data=inst_data)

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Running as long as the process that the run's log names is there."""
        events = self._instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT)
        for event in events:
            found = STARTED.search(event.message or event.user_message or "")
            if found and not is_alive(int(found[1]), event.timestamp):
                return CheckRunHealthResult(
                    WorkerStatus.FAILED, f"process {found[1]} is gone, and left no word"
                )
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def is_alive(pid: int, since: float) -> bool:
    """Is there a process of this number that began before `since` (seconds since 1970)?

    After a restart of the machine another process may have the number.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    began = _began(pid)
    return began is None or began <= since + 1


def _began(pid: int) -> float | None:
    """When a process began; None where the system does not say so."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = next(
            int(line.split()[1])
            for line in Path("/proc/stat").read_text().splitlines()
            if line.startswith("btime ")
        )
    except (OSError, StopIteration, ValueError):
        return None
    return boot + int(fields[19]) / os.sysconf("SC_CLK_TCK")
