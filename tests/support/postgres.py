"""A Postgres of a test's own: a fresh cluster on a socket, gone with the test.

Needs the server's programs (Debian: `apt-get install postgresql`). Postgres refuses to run as root,
so that its programs then run as the account `nobody`.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INITDB = ("-U", "postgres", "-A", "trust", "--no-sync", "--locale=C", "--encoding=UTF8")
SERVER = ("-c", "listen_addresses=", "-c", "fsync=off")  # its socket alone
PLACES = [Path("/usr/lib/postgresql"), Path("/usr/local/bin"), Path("/usr/bin")]


def program(name: str) -> Path | None:
    """Where a program of Postgres lies, of the newest version; None where there is none."""
    found = shutil.which(name)
    if found:
        return Path(found)
    candidates = [p for place in PLACES for p in place.glob(f"*/bin/{name}")]
    return max(candidates, key=lambda path: float(path.parts[-3]), default=None)


def is_installed() -> bool:
    return all(program(name) for name in ("initdb", "postgres", "psql"))


@dataclass(frozen=True)
class Postgres:
    """A running cluster."""

    folder: Path

    def psql(self, *arguments: str, user: str = "postgres", database: str = "postgres") -> str:
        """What psql prints; CalledProcessError with its complaint in `stderr`."""
        command = [str(program("psql")), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", str(self.folder), "-U", user, "-d", database, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()


@contextlib.contextmanager
def cluster() -> Iterator[Postgres]:
    """Made, started, and removed afterwards; about two seconds."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path may have 107 characters
    as_whom: list[str] = []
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        as_whom = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}"]
        as_whom += ["--clear-groups"]
    data = folder / "data"
    try:
        subprocess.run(
            [*as_whom, program("initdb"), "-D", data, *INITDB],
            cwd=folder,
            capture_output=True,
            check=True,
        )
        server = subprocess.Popen(
            [*as_whom, program("postgres"), "-D", data, "-k", folder, *SERVER],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            running = Postgres(folder)
            _wait_for(running)
            yield running
        finally:
            server.terminate()
            server.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(running: Postgres) -> None:
    for _ in range(300):
        try:
            running.psql("-c", "select 1")
            return
        except subprocess.CalledProcessError:
            time.sleep(0.1)
    raise TimeoutError("Postgres did not start")
