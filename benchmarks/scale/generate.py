"""A generated company: its folder, and the folder that the next day brings. See tables.py.

    python -m benchmarks.scale.generate S-400 path/to/folder

Below the folder: `company/` (company.yml, scorecards/, landed/<the first load>/) and `next_day/`
(the second load, which a run moves in). All of it is a function of the size and of this code.
"""

import argparse
import shutil
from pathlib import Path

import duckdb
import yaml

from benchmarks.scale import tables
from benchmarks.scale.sizes import FIRST_LOAD, SECOND_LOAD, SIZES, Size

SCORECARDS = Path(__file__).parent / "scorecards"
MEMORY = "1GB"


def generate(size: Size, folder: Path, threads: int | None = None) -> None:
    """Write the company and its next day; what was there before is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    landed = folder / "company" / "landed" / FIRST_LOAD
    next_day = folder / "next_day" / SECOND_LOAD
    landed.mkdir(parents=True)
    next_day.mkdir(parents=True)
    shutil.copytree(SCORECARDS, folder / "company" / "scorecards")
    (folder / "company" / "company.yml").write_text(company_yml(size), encoding="utf-8")
    with duckdb.connect(config={"threads": threads} if threads else {}) as connection:
        _prepare(connection, size, folder)
        _write_load(connection, landed, tuple(tables.STATE_TABLES), size.days - 1, 0)
        _write(connection, _first_events(size), landed / "usage_events.parquet")
        _write_load(connection, next_day, tables.CHANGING, size.days, size.days)
        _write(connection, _next_events(size), next_day / "usage_events.parquet")
    # last of all: what is without it was not finished
    (folder / "complete").touch()


def company_yml(size: Size) -> str:
    """Settings as a company would write them."""
    return yaml.safe_dump(
        {
            "id": size.company_id,
            "name": f"Generated company {size.folder} (synthetic)",
            "time_zone": "UTC",
            "reporting_currency": "EUR",
            "as_of": "latest_data",
            "score_from": size.score_from,
            "usage_measure": "actions",
        },
        sort_keys=False,
    )


def _prepare(connection: duckdb.DuckDBPyConnection, size: Size, folder: Path) -> None:
    connection.execute(f"set memory_limit = '{MEMORY}'")
    connection.execute(f"set temp_directory = '{folder / 'spill'}'")
    connection.execute("set TimeZone = 'UTC'")
    for name in ("accounts", "events", "tickets", "answers", "invoices", "days"):
        connection.execute(f"set variable {name} = {getattr(size, name)}::bigint")
    connection.execute(f"set variable seed = {tables.SEED}::bigint")
    connection.execute(f"set variable first_day = date '{size.first_day}'")
    for statement in (tables.MACROS, tables.PLAN, tables.EXPECTED, tables.ACCOUNT_DAYS):
        connection.execute(statement)


def _write_load(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    state_tables: tuple[str, ...],
    seen_day: int,
    new_from_day: int,
) -> None:
    """All tables but the events, as known by the end of a day."""
    connection.execute(f"set variable seen_day = {seen_day}::bigint")
    connection.execute(f"set variable new_from_day = {new_from_day}::bigint")
    for name in state_tables:
        _write(connection, tables.STATE_TABLES[name], folder / f"{name}.parquet")
    _write(connection, tables.ANSWERS, folder / "survey_responses.parquet")


def _first_events(size: Size) -> str:
    """Day after day as they happened; a few of them once more at the end."""
    history = f"select * from account_days where day < {size.days}"
    events = _events(history)
    return f"{events} union all {_some(events, tables.TWICE)}"


def _next_events(size: Size) -> str:
    """Those of the next day, a few of the day before once more, and a few that come late."""
    today = _events(f"select * from account_days where day = {size.days}")
    yesterday = _events(f"select * from account_days where day = {size.days - 1}")
    late = _events(
        f"select i, day, users, 1 as event_count from account_days "
        f"where day between {size.days} - 60 and {size.days} - 1",
        first_number=tables.MOST_A_DAY,
    )
    late = f"select * replace (null::timestamp as arrived_at) from ({late}) as late"
    return (
        f"{today} union all {_some(yesterday, 20)} "
        f"union all {_some(late, max(1, size.accounts * 60 // 100))}"
    )


def _events(account_days: str, first_number: int = 0) -> str:
    parts = {"account_days": account_days, "first_number": first_number, "late": tables.LATE}
    return tables.EVENTS.format(**parts)


def _some(events: str, one_in: int) -> str:
    return f"select * from ({events}) as events where hash(event_id) % {one_in} = 0"


def _write(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    connection.execute(f"copy ({query}) to '{file}' (format parquet, compression zstd)")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale.generate")
    parser.add_argument("size", help="name and days of history: S-400, M-80 …")
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    name, _, days = given.size.partition("-")
    generate(SIZES[name].with_history(int(days or SIZES[name].days)), given.folder)


if __name__ == "__main__":
    main()
