"""What a person sees while a refresh works: one line per stage, with n of m and the time taken.

Lines go to standard error, so that standard output holds the summary (or its JSON) alone.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STAGES = (
    "scan",
    "check",
    "prepare",
    "land",
    "expect_raw",
    "build",
    "expect_marts",
    "publish",
)


class Progress:
    """Says what is being done. `say` takes each finished line."""

    def __init__(self, say: Callable[[str], None] | None = None, stages: tuple[str, ...] = STAGES):
        self._say = say or _to_standard_error
        self._stages = stages
        self.began = time.monotonic()
        self.seconds: dict[str, float] = {}

    def line(self, text: str) -> None:
        self._say(text)

    @contextmanager
    def stage(self, name: str, doing: str) -> Iterator["Stage"]:
        number = self._stages.index(name) + 1
        head = f"[{number}/{len(self._stages)}] {name:<12}"
        stage = Stage(self, head)
        self.line(f"{head} {doing}")
        try:
            yield stage
        finally:
            self.seconds[name] = round(stage.elapsed, 3)
        result = f": {stage.result}" if stage.result else ""
        self.line(f"{head} done in {stage.elapsed:.1f} s{result}")


class Stage:
    """One stage's lines. Set `result` to what its last line shall tell."""

    def __init__(self, progress: Progress, head: str):
        self._progress = progress
        self._head = head
        self._began = time.monotonic()
        self.result = ""

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def line(self, text: str) -> None:
        self._progress.line(f"{self._head} {text}")


def _to_standard_error(text: str) -> None:
    sys.stderr.write(text + "\n")  # one write: dbt's threads report at the same time
    sys.stderr.flush()
