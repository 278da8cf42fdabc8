"""One writer per company: a lock that the system frees when its holder dies, and a token.

The lock keeps two refreshes apart. The token names the newest run, a refresh or a rollback: an
older one that is still alive (an orphan, or a refresh that a rollback overtook) may not publish.
Whoever takes the token, or acts on holding it, does so behind the fence, one at a time.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.base.errors import Blocked, Busy
from orchestration.base.files import make_folder, make_private_folder, write_atomic

FENCE_SECONDS = 10.0


class Lock:
    """`with Lock(path, refresh_id):` or a Busy error that says who holds it and since when."""

    def __init__(self, path: Path, refresh_id: str):
        self.path = path
        self.refresh_id = refresh_id
        self._descriptor: int | None = None

    def __enter__(self) -> "Lock":
        make_private_folder(self.path.parent)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _known(os.read(descriptor, 4096))
            os.close(descriptor)
            raise Busy(_busy_message(holder), holder) from None
        self._descriptor = descriptor
        holder = {
            "refresh_id": self.refresh_id,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _known(holder: bytes) -> dict[str, Any]:
    """What the holder wrote about itself; empty where it has just begun."""
    try:
        known = json.loads(holder)
    except ValueError:
        return {}
    return known if {"refresh_id", "pid", "host", "since"} <= known.keys() else {}


def _busy_message(known: dict[str, Any]) -> str:
    who = (
        f"refresh {known['refresh_id']}, process {known['pid']} on {known['host']}, "
        f"running since {known['since']}"
        if known
        else "it has just begun"
    )
    return (
        f"Another refresh of this company is running ({who}). Nothing was changed. "
        "Wait until it ends, then run this one again."
    )


@contextmanager
def fence(token: Path) -> Iterator[None]:
    """Alone with the token and the link for a few milliseconds; Busy when that takes seconds."""
    make_folder(token.parent)
    descriptor = os.open(token.with_name("fence"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _lock_within(descriptor, FENCE_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _lock_within(descriptor: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Busy(
                    f"Another process has been switching versions for {seconds:.0f} s. Nothing was "
                    "changed. Look for a stopped `health` process, end it, and run this again."
                ) from None
            time.sleep(0.01)


def claim(token: Path, run_id: str) -> None:
    """From now on nobody else may publish."""
    with fence(token):
        write_atomic(token, run_id.encode())


def require_claim(token: Path, run_id: str) -> None:
    """Refuse to publish for a run that is no longer the newest."""
    newest = token.read_text() if token.exists() else ""
    if newest != run_id:
        raise Blocked(
            f"Refresh {run_id} is no longer the newest ({newest or 'no token'} is). "
            "It published nothing; readers keep what they see. Run the refresh again."
        )
