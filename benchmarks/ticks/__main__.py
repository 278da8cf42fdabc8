"""Leave Dagster running while days land, and break it: the proof that it catches up by itself.

    python -m benchmarks.ticks                 as many days as there are trials, 30 to 60 minutes
    python -m benchmarks.ticks --minutes 2     the schedule's interval

One sample company in a scratch folder. A day lands when the day before is published; the schedule's
next tick takes it. The log goes to benchmarks/ticks.log, the figures to benchmarks/ticks.csv.
"""

import argparse
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.__main__ import commit
from benchmarks.ticks.days import by_day
from benchmarks.ticks.services import Services, Store
from benchmarks.ticks.watch import Log, News, Readers
from orchestration.base.settings import PROJECT_ROOT, Settings, process_environment
from orchestration.dagster.webserver import prepare_home

if TYPE_CHECKING:
    from tests.support.sinks import WebSink

TRIALS = 7
PATIENCE_SECONDS = 20 * 60
HERE = PROJECT_ROOT / "benchmarks"
# `seconds`: from the first build of the day to its publication. `begun_again_after`,
# `published_after`: from what was done to it.
COLUMNS = ("measured_on", "commit", "cores", "load", "tick", "day", "done_to_it", "runs", "seconds",
           "begun_again_after", "published_after")  # fmt: skip
ALERTS = "\nalerts:\n  - {kind: file}\n  - {kind: webhook, url: 'http://127.0.0.1:%d/hook'}\n"


class Trial:
    """One scratch company under the daemon, and the figures of what is done to it."""

    def __init__(self, root: Path, minutes: int, port: int, sink_port: int):
        self.log, self.minutes = Log(), minutes
        self.company = root / "company"
        self.days = by_day(self.company, root / "waiting", TRIALS)
        with (self.company / "company.yml").open("a") as file:
            file.write(ALERTS % sink_port)
        self.environment = {
            "STATE_DIR": str(root / "state"),
            "PUBLISHED_DIR": str(root / "published"),
            "HEALTH_DAILY_CRON": f"*/{minutes} * * * *",
            "HEALTH_SCHEDULES": "daily",
            "HEALTH_MAX_RUNTIME_SECONDS": "300",
            "no_proxy": "127.0.0.1",
        }
        settings = Settings(root / "state", root / "published", self.company)
        self.paths = settings.paths("office_software")
        self.services = Services(self.company, self.environment, port, root / "dagster.log")
        self.rows: list[dict[str, object]] = []

    def begin(self) -> None:
        """The company as it is before the days come, published from the command line."""
        self._health("refresh")
        self.store = Store(prepare_home(self.paths))
        self.news = News(self.log, self.store, self.paths)
        self.readers = Readers(self.paths.current)
        self.news.look()
        self.readers.start()
        self.services.start()
        self.log("start", f"`health dagster`, the schedule ticks every {self.minutes} minutes")

    def day(self, done_to_it: str = "nothing", do: Callable[[], None] | None = None) -> None:
        """Land the next day, wait for the run that takes it, do something to it, wait for the day.

        What is done is done in the middle of the build.
        """
        folder = self.days.pop(0)
        wanted = date.fromisoformat(folder.name[:10]) - timedelta(days=1)
        earlier = {record.dagster_run.run_id for record in self.store.runs()}
        shutil.copytree(folder, self.company / "landed" / folder.name)
        self.log("land", f"{folder.name}: the rows of {wanted}")
        landed, began, broken, again, token = time.monotonic(), 0.0, 0.0, 0.0, ""
        while self._published() < wanted:
            if time.monotonic() - landed > PATIENCE_SECONDS:
                raise SystemExit(f"{wanted} was not published within 20 minutes")
            if not began and self._building():
                began = time.monotonic()
                if do is not None:
                    time.sleep(3)
                    broken, token = time.monotonic(), self.paths.token.read_text()
                    do()
            if broken and not again and self.paths.token.read_text() != token:
                again = time.monotonic()
            self._pause()
        ended = time.monotonic()
        runs = [r for r in self.store.runs() if r.dagster_run.run_id not in earlier]
        self.rows.append(
            {
                "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
                "commit": commit(),
                "cores": os.cpu_count(),
                "tick": len(self.rows) + 1,
                "day": wanted,
                "done_to_it": done_to_it,
                "runs": len(runs),
                "load": round(os.getloadavg()[0], 1),
                "seconds": round(ended - began),
                "begun_again_after": round(again - broken) if broken else "",
                "published_after": round(ended - broken) if broken else "",
            }
        )
        self._settle()

    # What is done to it

    def kill_worker(self) -> None:
        pid = self._worker()
        self.log("break", "SIGKILL to the run's process")
        os.kill(pid, signal.SIGKILL)

    def kill_everything(self) -> None:
        self.log("break", "SIGKILL to daemon, code server, web interface and the run's process")
        self.services.kill()
        self._start_again()

    def orphan(self) -> None:
        """The run's process is stopped and everything else killed; it wakes when it is fenced."""
        pid, token = self._worker(), self.paths.token.read_text()
        self.log("break", "SIGSTOP to the run's process, SIGKILL to everything else")
        os.kill(pid, signal.SIGSTOP)
        self.services.kill(spare=pid)
        self._start_again()
        while self.paths.token.read_text() == token:
            self._pause()
        self.log("wake", "SIGCONT to the orphan: another run has taken the token")
        os.kill(pid, signal.SIGCONT)

    def restart(self) -> None:
        self.log("break", "SIGTERM to all of Dagster, as `systemctl restart` does")
        self.services.stop()
        self._start_again()

    # Parts

    def _start_again(self) -> None:
        self._pause()
        self.services.start()
        self.log("start", "`health dagster` again")

    def _worker(self) -> int:
        return json.loads(self.paths.lock.read_text())["pid"]

    def _building(self) -> bool:
        """A run of the daemon holds the lock and has begun its build file."""
        try:
            refresh_id = self.paths.token.read_text()
            return self.paths.build_file(refresh_id).exists()
        except OSError:
            return False

    def _published(self) -> date:
        manifest = json.loads((self.paths.current / "manifest.json").read_text())
        return date.fromisoformat(manifest["as_of_date"])

    def _settle(self) -> None:
        """Until no run is left and its alerts are told."""
        while any(not record.dagster_run.is_finished for record in self.store.runs()):
            self._pause()

    def _pause(self) -> None:
        self.news.look()
        time.sleep(1)

    def _health(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "orchestration.cli", *arguments, "--json"]
        subprocess.run(
            [*command, "--company", str(self.company)],
            cwd=PROJECT_ROOT,
            env=process_environment(self.environment),
            stdout=subprocess.DEVNULL,
            check=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ticks", description=__doc__)
    parser.add_argument("--minutes", type=int, default=2, help="between two ticks")
    parser.add_argument("--port", type=int, default=3070)
    options = parser.parse_args()
    from tests.support.sinks import WebSink

    web = WebSink()
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder), options.minutes, options.port, web.server.server_port)
        try:
            with web.running():
                trial.begin()
                trial.day()
                web.status = 503
                trial.log("break", "the webhook answers 503 from now on")
                trial.day("the run's process killed", trial.kill_worker)
                web.status = 200
                trial.log("mend", "the webhook answers 200 again")
                trial.day()
                trial.day("everything killed", trial.kill_everything)
                trial.day("Dagster restarted", trial.restart)
                trial.day("the run orphaned, then woken", trial.orphan)
                trial.day()
        finally:
            trial.readers.ended.set()
            trial.services.stop()
        report(trial, web)


def report(trial: Trial, web: "WebSink") -> None:
    told = [body["event"] for body in web.taken]
    trial.log("end", f"{len(trial.rows)} days landed and published, one by one; "
              f"{trial.readers.reads} reads, {trial.readers.wrong} wrong; "
              f"{len(set(told))} alerts arrived, {len(told) - len(set(told))} of them twice; "
              f"{len(web.posts) - len(told)} attempts were refused")  # fmt: skip
    (HERE / "ticks.log").write_text("\n".join(trial.log.lines) + "\n")
    with (HERE / "ticks.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(trial.rows)


if __name__ == "__main__":
    main()
