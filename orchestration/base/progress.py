"""What a person sees while a refresh works: one line per stage, with n of m and the time taken.

Lines go to standard error, so that standard output holds the summary (or its JSON) alone. A stage
that says nothing for a while is spoken for: what it is at, and for how long.
"""

import sys
import threading
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
QUIET_SECONDS = 10.0  # after which a working stage is spoken for; a line comes at least every 15 s


class Progress:
    """Says what is being done. `say` takes each finished line."""

    def __init__(self, say: Callable[[str], None] | None = None, stages: tuple[str, ...] = STAGES):
        self._say = say or _to_standard_error
        self._stages = stages
        self.began = self.last_line = time.monotonic()
        self.seconds: dict[str, float] = {}

    def line(self, text: str) -> None:
        self.last_line = time.monotonic()
        self._say(text)

    @contextmanager
    def stage(self, name: str, doing: str) -> Iterator["Stage"]:
        number = self._stages.index(name) + 1
        head = f"[{number}/{len(self._stages)}] {name:<12}"
        stage = Stage(self, head, doing)
        self.line(f"{head} {doing}")
        is_over = threading.Event()
        speaker = threading.Thread(target=stage.speak_until, args=(is_over,), daemon=True)
        speaker.start()
        try:
            yield stage
        finally:
            is_over.set()
            self.seconds[name] = round(stage.elapsed, 3)
        result = f": {stage.result}" if stage.result else ""
        self.line(f"{head} done in {stage.elapsed:.1f} s{result}")


class Stage:
    """One stage's lines. Set `result` to what its last line shall tell, and `at_work` to what
    tells, at any moment and from another thread, what it is at."""

    def __init__(self, progress: Progress, head: str, doing: str):
        self._progress = progress
        self._head = head
        self._began = time.monotonic()
        self.result = ""
        self.at_work: Callable[[], str] = lambda: doing

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def line(self, text: str) -> None:
        self._progress.line(f"{self._head} {text}")

    def speak_until(self, is_over: threading.Event) -> None:
        """A line whenever there was none for a while."""
        while not is_over.wait(self._progress.last_line + QUIET_SECONDS - time.monotonic()):
            if time.monotonic() - self._progress.last_line >= QUIET_SECONDS:
                self.line(f"{self.elapsed:.0f} s, at work: {self.at_work()}")


def _to_standard_error(text: str) -> None:
    sys.stderr.write(text + "\n")  # one write: dbt's threads report at the same time
    sys.stderr.flush()
