"""One program in a process of its own, and what it took. Nothing large is imported here: a child
process begins with the memory of the one that starts it."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.base.settings import PROJECT_ROOT, process_environment

LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """What a program and its children took; `is_ended` where the time limit ended it."""

    cpu_seconds: float
    wall_seconds: float
    memory_mb: int
    exit_code: int
    is_ended: bool
    output: str
    errors: str


def measure(
    command: list[str], environment: Mapping[str, str] | None = None, most_seconds: float = 4 * 3600
) -> Cost:
    """Run it to its end, or until the time limit is over."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            env=process_environment(environment or {}),
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        is_ended = False
        while True:
            found, status, used = os.wait4(process.pid, os.WNOHANG)
            if found:
                break
            if not is_ended and time.monotonic() - began > most_seconds:
                os.killpg(process.pid, signal.SIGKILL)
                is_ended = True
            time.sleep(LOOK_EVERY_SECONDS)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Cost(
            cpu_seconds=used.ru_utime + used.ru_stime,
            wall_seconds=wall,
            memory_mb=round(used.ru_maxrss / 1024),
            exit_code=process.returncode,
            is_ended=is_ended,
            output=output.read(),
            errors=errors.read(),
        )
