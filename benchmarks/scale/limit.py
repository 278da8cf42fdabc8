"""The limit: what the same figures cost when a script is written by hand for them alone.

    python -m benchmarks.scale.limit full path/to/company path/to/state path/to/out
    python -m benchmarks.scale.limit day path/to/company path/to/state path/to/out --next_day path

DuckDB reads the landed Parquet, tells repeated keys apart, computes eight indicators of all
accounts and dates with their status (`limit_events`, `limit_grid`: the engine-only part), then
normalises, weighs, words and writes them (`scoring`). The next day starts from the small state
that the full run left and computes the dates that its rows can reach.

Last of all it prints what it took as JSON.
"""

import argparse
import json
import resource
from datetime import date, timedelta
from pathlib import Path

import duckdb
import yaml

from benchmarks.scale.limit_events import (
    DAYS_OF_GRACE,
    Events,
    create_tables,
    put_together,
)
from benchmarks.scale.limit_grid import WEEKS_BACK, measure
from benchmarks.scale.scorecard import read_scorecard
from benchmarks.scale.scoring import create_types, write_scores

MEMORY = "1GB"
STATE_TABLES = ("accounts", "users", "subscriptions", "tickets", "invoices")
KEYS_OF = {
    "accounts": "account_id",
    "users": "user_id",
    "subscriptions": "subscription_id",
    "tickets": "ticket_id",
    "invoices": "invoice_id",
    "survey_responses": "response_id",
}
KEPT = ("account_past", "account_weeks", "late_weeks", "recent_users")
# What is kept of the weeks: those of the dates that a row can reach, and what these look back to.
KEPT_WEEKS = DAYS_OF_GRACE // 7 + 1 + WEEKS_BACK + 1


class Clock:
    """CPU seconds and the largest memory of this process, part by part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.memory_mb: dict[str, int] = {}
        self._last = self._cpu()

    def part(self, name: str) -> None:
        """What was done since the last part was this one."""
        now = self._cpu()
        self.seconds[name] = round(now - self._last, 3)
        self.memory_mb[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        self._last = now

    def told(self) -> str:
        return json.dumps({"cpu_seconds": self.seconds, "memory_mb": self.memory_mb})

    def _cpu(self) -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime


def connect(spill: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '{MEMORY}'")
    connection.execute(f"set temp_directory = '{spill}'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute("set TimeZone = 'UTC'")
    return connection


def full(company: Path, state: Path, out: Path) -> Clock:
    """From the first load, with nothing there."""
    clock = Clock()
    state.mkdir(parents=True, exist_ok=True)
    (landed,) = (company / "landed").iterdir()
    card = read_scorecard(company / "scorecards")
    settings = yaml.safe_load((company / "company.yml").read_text(encoding="utf-8"))
    with connect(state / "spill") as connection:
        events = Events(connection, landed / "usage_events.parquet", None)
        create_types(connection, card)
        clock.part("start")
        events.hash_keys(state)
        clock.part("keys")
        create_tables(connection)
        events.read()
        clock.part("events")
        (begins_week,) = connection.execute("select min(week) from account_weeks").fetchall()[0]
        connection.execute("create table account_past (account_id varchar, last_used_on date)")
        files = {name: _relation(landed, name) for name in (*STATE_TABLES, "survey_responses")}
        _require_keys(connection, files)
        measure(connection, card, files, settings["score_from"], begins_week, begins_week)
        clock.part("values")
        write_scores(connection, card, out)
        clock.part("scores")
        _keep(connection, state, begins_week)
        clock.part("state")
    return clock


def day(company: Path, state: Path, out: Path, next_day: Path) -> Clock:
    """From a second load, with what the full run kept: the dates that its rows can reach."""
    clock = Clock()
    (landed,) = (company / "landed").iterdir()
    card = read_scorecard(company / "scorecards")
    kept = json.loads((state / "state.json").read_text(encoding="utf-8"))
    arrival = date.fromisoformat(next_day.name)
    first_date = arrival - timedelta(days=DAYS_OF_GRACE)
    with connect(state / "spill") as connection:
        events = Events(connection, next_day / "usage_events.parquet", arrival)
        for table in KEPT:
            connection.execute(f"create table {table} as from {_relation(state, table)}")
        create_types(connection, card)
        clock.part("start")
        events.look_up_keys(state, landed / "usage_events.parquet")
        clock.part("keys")
        events.read()
        put_together(connection)
        clock.part("events")
        files = {name: _relation(landed, name) for name in STATE_TABLES}
        files |= {name: _relation(next_day, name) for name in ("tickets", "invoices")}
        earlier, later = (_relation(load, "survey_responses") for load in (landed, next_day))
        files["survey_responses"] = (
            f"(from {later} union all by name from {earlier} anti join {later} as later "
            "using (response_id)) as survey_responses"
        )
        _require_keys(connection, files)
        measure(connection, card, files, first_date, kept["first_week"], kept["begins_week"])
        clock.part("values")
        write_scores(connection, card, out)
        clock.part("scores")
        _keep(connection, state, kept["begins_week"])
        clock.part("state")
    return clock


def _relation(folder: Path, name: str) -> str:
    return f"read_parquet('{folder / name}.parquet')"


def _require_keys(connection: duckdb.DuckDBPyConnection, files: dict[str, str]) -> None:
    """Other tables than the events repeat no key: what the generator promises is looked up."""
    for name, key in KEYS_OF.items():
        count, keys = connection.execute(
            f"select count(*), count(distinct {key}) from {files[name]}"
        ).fetchall()[0]
        assert count == keys, f"{name} repeats keys"


def _keep(connection: duckdb.DuckDBPyConnection, state: Path, begins_week: int) -> None:
    """What the next day looks back to: its cost must not grow with the history."""
    (first_week,) = connection.execute(
        f"select greatest({begins_week}, week_of(getvariable('newest')) - {KEPT_WEEKS})"
    ).fetchall()[0]
    connection.execute(f"""
        create or replace temp table past as
        select account_id, max(last_used_on) as last_used_on
        from (
            from account_past
            union all
            select account_id, monday_of(week) + last_day(bits)
            from account_weeks
            where week < {first_week}
        )
        group by account_id
    """)
    for table, query in {
        "account_past": "from past",
        "account_weeks": f"from account_weeks where week >= {first_week}",
        "late_weeks": "from late_weeks",
        "recent_users": "from recent_users",
    }.items():
        connection.execute(f"copy ({query}) to '{state / table}.parquet' (format parquet)")
    kept = {"begins_week": begins_week, "first_week": first_week}
    (state / "state.json").write_text(json.dumps(kept), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale.limit")
    parser.add_argument("run", choices=("full", "day"))
    parser.add_argument("company", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--next-day", type=Path)
    given = parser.parse_args()
    if given.run == "full":
        clock = full(given.company, given.state, given.out)
    else:
        clock = day(given.company, given.state, given.out, given.next_day)
    print(clock.told())


if __name__ == "__main__":
    main()
