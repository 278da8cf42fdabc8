"""The real thing, started as a user starts it: `health dagster`, and what its own store says."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.base.settings import PROJECT_ROOT, process_environment

STOP_SECONDS = 30


class Services:
    """Web interface, daemon and code server of one company, in a process group of their own."""

    def __init__(self, company: Path, environment: dict[str, str], port: int, log: Path):
        self.company, self.port, self.log = company, port, log
        self.environment = process_environment(environment)
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "orchestration.cli", "dagster"]
        command += ["--company", str(self.company), "--port", str(self.port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=PROJECT_ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        """As an operator does: politely, then not."""
        if self.process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self, spare: int = 0) -> None:
        """SIGKILL to all of them at once; `spare` is a process that lives on."""
        assert self.process is not None
        for pid in members(self.process.pid):
            if pid != spare:
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: int) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)


def members(group: int) -> list[int]:
    """The processes of a process group."""
    listed = subprocess.run(["ps", "-eo", "pid=,pgid="], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in listed.stdout.splitlines())
    return [int(pid) for pid, of in pairs if int(of) == group]


class Store:
    """Runs and ticks, read from Dagster's own store."""

    def __init__(self, home: Path):
        import dagster as dg

        self.instance = dg.DagsterInstance.from_config(str(home))

    def runs(self) -> list[Any]:
        """Run records, the oldest first."""
        return list(reversed(self.instance.get_run_records()))

    def ticks(self) -> list[tuple[datetime, str, str]]:
        """When the daily schedule ticked, how, and why it skipped."""
        found = []
        for state in self.instance.all_instigator_state():
            if state.instigator_name == "daily":
                for tick in self.instance.get_ticks(state.instigator_origin_id, state.selector_id):
                    at = datetime.fromtimestamp(tick.timestamp, UTC)
                    found.append((at, tick.status.value, tick.skip_reason or ""))
        return sorted(found)
