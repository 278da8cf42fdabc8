"""A process that is interrupted is gone soon, whatever it hangs in."""

import signal
import subprocess
import sys
import time

import pytest

HANGS = """
import signal, sys, time
from orchestration.base.interrupts import ending_when_interrupted
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
if {as_dagster}:
    def raise_it(number, frame): raise SystemError("interrupted")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, raise_it)
with ending_when_interrupted(1):
    print("ready", flush=True)
    while {hangs}:
        try:
            time.sleep(60)
        except BaseException:
            if not {swallows}:
                raise
"""


def ended_by(number, **how):
    """The exit code and the seconds that a process took to end after a signal."""
    code = HANGS.format(**{"as_dagster": False, "hangs": True, "swallows": True, **how})
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        process.stdout.readline()
        time.sleep(0.3)
        began = time.monotonic()
        process.send_signal(number)
        return process.wait(20), time.monotonic() - began


@pytest.mark.parametrize(
    ("number", "as_dagster"),
    [(signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGTERM, True)],
)
def test_what_hangs_is_ended(number, as_dagster):
    code, seconds = ended_by(number, as_dagster=as_dagster)
    assert code == -signal.SIGALRM and 0.5 < seconds < 10


def test_what_unwinds_ends_by_itself():
    code, seconds = ended_by(signal.SIGINT, swallows=False)
    assert code in (-signal.SIGINT, 130) and seconds < 1


def test_a_signal_that_nobody_handles_ends_the_process_at_once():
    code, seconds = ended_by(signal.SIGTERM)
    assert code == -signal.SIGTERM and seconds < 1
