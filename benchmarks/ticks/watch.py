"""What happened, in order: the one log that the docs quote. Times are seconds since the start."""

import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.ticks.services import Store
from orchestration.base.files import read_lines
from orchestration.base.settings import CompanyPaths
from orchestration.publishing.versions import DATABASE

MARTS = ("fct_account_health", "fct_indicator_scores", "fct_module_scores", "dim_accounts")


class Log:
    """Lines with a time, on the screen and kept."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.lines: list[str] = []

    def __call__(self, what: str, text: str) -> None:
        now = time.monotonic() - self.began
        line = f"{datetime.now(UTC):%H:%M:%S}  {now:6.0f} s  {what:<9} {text}"
        self.lines.append(line)
        print(line, flush=True)


class Readers(threading.Thread):
    """Reads what is published twice a second, as dashboards do; counts what is wrong."""

    def __init__(self, current: Path):
        super().__init__(daemon=True)
        self.current, self.reads, self.wrong, self.ended = current, 0, 0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.5):
            self.reads += 1
            try:
                with duckdb.connect(str(self.current / DATABASE), read_only=True) as marts:
                    seen = marts.execute(
                        "select max(as_of_date) from marts.fct_account_health union all "
                        "select max(as_of_date) from marts.fct_indicator_scores"
                    ).fetchall()
                    counted = [
                        marts.execute(f"select count(*) from marts.{name}").fetchall()[0][0]
                        for name in MARTS
                    ]
                self.wrong += len(set(seen)) != 1 or not all(counted)
            except (duckdb.Error, OSError):
                self.wrong += 1


class News:
    """Says what is new since the last look: ticks, runs, what is published, alerts."""

    def __init__(self, log: Log, store: Store, paths: CompanyPaths):
        self.log, self.store, self.paths = log, store, paths
        self.known: dict[str, str] = {}

    def look(self) -> None:
        for at, status, reason in self.store.ticks():
            self._say("tick", f"{at:%H:%M:%S}", f"{status.lower()} {reason}".strip())
        for record in self.store.runs():
            run = record.dagster_run
            retry = " (retry)" if run.parent_run_id else ""
            self._say("run", run.run_id[:8] + retry, run.status.value.lower())
        for entry in read_lines(self.paths.refresh_log):
            shown = entry["as_of_date"] if entry["status"] == "published" else ""
            self._say("refresh", entry["refresh_id"], f"{entry['status']} {shown}".strip())
        for alert in read_lines(self.paths.state / "alerts_for_others.jsonl"):
            self._say("alert", alert["event"], alert["subject"])

    def _say(self, what: str, who: str, how: str) -> None:
        if self.known.get(what + who) != how:
            self.known[what + who] = how
            self.log(what, f"{who} {how}")
