"""What is interrupted ends, also where Python can't unwind any more.

An interrupt raises an exception wherever the program is; inside an import or a lock it can leave
the others waiting for ever (seen: dbt's threads behind the import lock), and a process that hangs
keeps the company's lock. A refresh may be killed anywhere, so after a while it is.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 30
CAME = threading.Event()


def raise_if_interrupted() -> None:
    """For whoever takes any error for a finding: DuckDB makes one of its own of an interrupt."""
    if CAME.is_set():
        raise KeyboardInterrupt


@contextmanager
def ending_when_interrupted(seconds: int = SECONDS) -> Iterator[None]:
    """After the first Ctrl-C or polite signal the process has so long to end by itself.

    What ends it is an interrupt, whatever a library made of it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    CAME.clear()

    def handle(number: int, frame: FrameType | None) -> None:
        CAME.set()
        # The system's own answer to this alarm is to end the process; it needs no Python.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds)
        answer = before[signal.Signals(number)]
        if callable(answer):
            answer(number, frame)

    for number, handler in before.items():
        if callable(handler):  # else the system ends the process at once, or somebody wants neither
            signal.signal(number, handle)
    try:
        yield
    except Exception:
        raise_if_interrupted()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
