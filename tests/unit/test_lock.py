"""One refresh at a time, whoever runs it; a dead one holds nothing."""

import signal
import subprocess
import sys

import pytest

from orchestration.base.errors import Blocked, Busy
from orchestration.base.lock import Lock, claim, require_claim

HOLDER = """
import sys, time
from pathlib import Path
from orchestration.base.lock import Lock
with Lock(Path(sys.argv[1]), "first"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_refresh_is_told_who_holds_the_lock_until_that_one_dies(tmp_path):
    path = tmp_path / "state" / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match=f"refresh first, process {holder.pid}.*since 20") as error:
            Lock(path, "second").__enter__()
        assert error.value.exit_code == 4
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with Lock(path, "second"):
            pass


def test_two_locks_in_one_process_exclude_each_other(tmp_path):
    with Lock(tmp_path / "lock", "first"), pytest.raises(Busy):
        Lock(tmp_path / "lock", "second").__enter__()


def test_only_the_newest_claim_may_go_on(tmp_path):
    claim(tmp_path / "token", "first")
    require_claim(tmp_path / "token", "first")
    claim(tmp_path / "token", "second")
    with pytest.raises(Blocked, match="first is no longer the newest"):
        require_claim(tmp_path / "token", "first")
