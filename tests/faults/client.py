"""The harness's side of its two kinds of processes: the warm worker, and the readers."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from orchestration.base.settings import PROJECT_ROOT, process_environment
from tests.faults.company import World
from tests.faults.readers import COUNTS, KINDS

WARM_UP_SECONDS = 300


def start(module: str, *arguments: str, **options: Any) -> subprocess.Popen:
    """A Python process of this tree."""
    environment = process_environment({"PYTHONPATH": str(PROJECT_ROOT)})
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment, **options)


class Worker:
    """A warm worker: give it an order, hear its events, kill what it forked."""

    def __init__(self, world: World, shape: str):
        given = {"root": str(world.root), "shape": shape, "project_root": str(world.project_root)}
        self._process = start(
            "tests.faults.worker",
            json.dumps(given),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._buffer = b""
        if self.hear(WARM_UP_SECONDS) is None:
            raise RuntimeError("the worker does not get ready")

    def order(self, **order: Any) -> None:
        self._process.stdin.write((json.dumps(order) + "\n").encode())
        self._process.stdin.flush()

    def hear(self, seconds: float) -> dict[str, Any] | None:
        """The next event; None when the time is over before there is one."""
        until = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            left = max(0.0, until - time.monotonic())
            ready, _, _ = select.select([self._process.stdout], [], [], left)
            if not ready:
                return None
            content = os.read(self._process.stdout.fileno(), 1 << 16)
            if not content:
                raise RuntimeError("the worker has died")
            self._buffer += content
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def close(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


class Readers:
    """One process of each kind, counting all the time."""

    def __init__(self, world: World, shape: str, folder: Path):
        self._processes, self._tallies = [], []
        folder.mkdir(parents=True, exist_ok=True)
        for kind in KINDS:
            tally = folder / kind
            tally.write_bytes(COUNTS.pack(0, 0, 0))
            published = str(world.paths.published)
            arguments = (kind, published, shape, str(tally))
            self._processes.append(start("tests.faults.readers", *arguments))
            self._tallies.append(tally)
        self._last = (0, 0, 0)

    def counts(self) -> list[tuple[int, int, int]]:
        """Reads, wrong reads and errors of each reader so far."""
        return [COUNTS.unpack(tally.read_bytes()) for tally in self._tallies]

    def since_last(self) -> tuple[int, int, int]:
        """Of all readers, since this was asked before."""
        now = tuple(map(sum, zip(*self.counts(), strict=True)))
        since = tuple(new - old for new, old in zip(now, self._last, strict=True))
        self._last = now
        return since

    def wait_until_all_read(self, more: int = 1, seconds: float = 60) -> None:
        """Until every reader has read so often again."""
        goal = [count[0] + more for count in self.counts()]
        until = time.monotonic() + seconds
        while any(count[0] < wanted for count, wanted in zip(self.counts(), goal, strict=True)):
            if time.monotonic() > until or any(p.poll() is not None for p in self._processes):
                raise RuntimeError("a reader does not read")
            time.sleep(0.02)

    def problems(self) -> str:
        """What they wrote down about wrong reads and errors."""
        notes = [tally.with_suffix(".txt") for tally in self._tallies]
        return "".join(f"{note.stem}: {note.read_text()}" for note in notes if note.exists())

    def close(self) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGKILL)
            process.wait()
