"""One order given to the warm worker, from its first event to its end, killed on the way or not."""

import os
import signal
import time
from dataclasses import dataclass, field
from typing import Any

from tests.faults.client import Worker

HUNG_SECONDS = 180.0


@dataclass
class Attempt:
    """What became of one order. `begins`: when each stage began, and last the end."""

    order: str
    generation: int
    refresh_id: str | None = None
    stage: str = "begin"
    was_killed: bool = False
    exit_code: int | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    error: str = ""
    begins: list[tuple[str, float]] = field(default_factory=list, repr=False)


def run(
    this: Attempt, worker: Worker, details: dict[str, Any], kill_in: str | None, delay: float
) -> None:
    """Give the order and hear it to its end; SIGKILL after `delay` seconds in the stage."""
    began = time.monotonic()
    worker.order(do=this.order, **details)
    pid, kill_at = None, None
    while this.exit_code is None:
        left = kill_at - time.monotonic() if kill_at else HUNG_SECONDS
        event = worker.hear(max(0.0, left))
        if event is None and kill_at is None:
            raise RuntimeError(f"{this.order} hangs in {this.stage}")
        if event is None:
            os.kill(pid, signal.SIGKILL)
            kill_at = None
            continue
        pid = event.get("pid", pid)
        this.refresh_id = event.get("refresh_id", this.refresh_id)
        this.error = event.get("error", this.error)
        this.exit_code = event.get("ended")
        this.cpu_seconds = event.get("cpu_seconds", 0.0)
        if "stage" in event:
            this.stage = event["stage"]
            this.begins.append((this.stage, time.monotonic()))
            if this.stage == kill_in:
                kill_at = time.monotonic() + delay
    this.begins.append(("end", time.monotonic()))
    this.was_killed = this.exit_code == -signal.SIGKILL
    this.seconds = time.monotonic() - began
