"""What a forked refresh tells of itself, and the harms that may befall it where a stage begins."""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration.base.progress import Progress
from orchestration.base.settings import CompanyPaths
from orchestration.publishing import publish, versions


class Telling(Progress):
    """Tells the beginning of every stage, and lets befall it what the order wants."""

    def __init__(self, harm: dict[str, str]) -> None:
        super().__init__(lambda line: tell(line=line))
        self.harm = harm

    def begin(self, name: str) -> None:
        tell(stage=name)
        if self.harm.get("stage") == name:
            HARMS[self.harm["do"]](self.harm)

    @contextmanager
    def stage(self, name: str, doing: str) -> Iterator[Any]:
        self.begin(name)
        with super().stage(name, doing) as stage:
            yield stage


def tell(**facts: Any) -> None:
    os.write(1, (json.dumps(facts) + "\n").encode())


def fill_disk(harm: dict[str, str]) -> None:
    """Leave not a byte free on the disk of a folder."""
    with (Path(harm["folder"]) / "filler").open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)


def stop(_: dict[str, str]) -> None:
    """As a process that the system has stopped; SIGCONT wakes it."""
    os.kill(os.getpid(), signal.SIGSTOP)


def die(_: dict[str, str]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


HARMS: dict[str, Callable[[dict[str, str]], None]] = {"fill": fill_disk, "stop": stop, "die": die}


def tell_the_switch(progress: Telling) -> None:
    """Stages inside publishing: `switch` once the version is synced, `kept` once all is kept that
    the next refresh needs, `log` after the link was switched."""
    write, switch = publish.write_version, versions.switch

    def written(paths: CompanyPaths, build_file: Path, publication: publish.Publication) -> Any:
        version = write(paths, build_file, publication)
        if not publication.is_restricted:
            progress.begin("switch")
        return version

    def switched(paths: CompanyPaths, refresh_id: str) -> None:
        progress.begin("kept")
        switch(paths, refresh_id)
        progress.begin("log")

    publish.write_version, versions.switch = written, switched
