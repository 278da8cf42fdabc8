"""Both samples replayed day by day through the raw gate: 13 months in which nothing may block.

Every day of the sample becomes a load: what happened on it, and each state table as it stood. Each
day passes the landing's comparison and the raw gate, and counts as published. No model is built.
`--gx` lets Great Expectations judge every day (as a refresh does) instead of the same rule in
plain Python. Prints, and writes with `--to`, how often which check warned or blocked.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.base.settings import PROJECT_ROOT
from orchestration.company.company import Company, load_company
from orchestration.company.tables import RawTable, raw_tables
from orchestration.expectations import history as histories
from orchestration.expectations.checks import in_words
from orchestration.expectations.gate import expect_raw
from orchestration.expectations.history import History
from orchestration.expectations.validation import plain_verdicts, validate
from orchestration.landing import moments
from orchestration.landing.archive import archive
from orchestration.landing.config_zone import write_config
from orchestration.landing.loads import LandedFile, Load
from orchestration.landing.raw import write_raw_zone
from orchestration.landing.reader import identifier
from orchestration.landing.scan import scan
from orchestration.landing.validate import validate as validate_landed
from orchestration.landing.volumes import Volumes

SAMPLES = ("office_software", "restaurant_robots")
FIRST, LAST = date(2025, 1, 1), date(2026, 1, 31)


def replay(
    company: Company,
    folder: Path,
    *,
    first: date = FIRST,
    last: date = LAST,
    is_gx: bool = False,
) -> dict:
    """Replay one company; figures of what its days gave. The first load tells of all days to it."""
    source = _land_everything(company, folder)
    build_file = folder / "days.duckdb"
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(f"attach '{source}' as sample (read_only)")
        connection.execute("set TimeZone = 'UTC'")
        _create(connection, company)
    history, volumes, judged = History(), Volumes({}), 0
    loads: list[Load] = []
    blocked: Counter[str] = Counter()
    warned: Counter[str] = Counter()
    examples: dict[str, str] = {}
    judge = validate if is_gx else lambda suites: (plain_verdicts(suites), [])
    began = time.monotonic()
    day = first
    while day <= last:
        load = _add_day(build_file, source, company, day, len(loads) + 1)
        loads.append(load)
        for block in volumes.compare(load, company):
            blocked[block.check] += 1
            examples.setdefault(block.check, f"{day}: {block.message}")
        volumes.add(load)
        outcome = expect_raw(
            build_file, company, loads, history, {}, run_date=day, as_of=None, judge=judge
        )
        judged += sum(len(outcome.of(status)) for status in ("passed", "warned", "blocked"))
        for result in outcome.of("blocked"):
            blocked[result.name] += 1
            examples.setdefault(result.name, f"{day}: {in_words(result)}")
        warned.update(result.name for result in outcome.of("warned"))
        at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + timedelta(days=1)
        lines = histories.lines_of(outcome.results, "raw", str(day), at, load.number)
        for line in lines:
            history.add(json.loads(json.dumps(line)))
        day += timedelta(days=1)
    return {
        "company": company.id,
        "days": len(loads),
        "judged": judged,
        "blocked": dict(blocked),
        "warned": dict(warned.most_common()),
        "seconds": round(time.monotonic() - began, 1),
        "examples": examples,
    }


def _land_everything(company: Company, folder: Path) -> Path:
    """All loads of the sample in one raw zone, as a refresh lands them."""
    found = scan(company, folder / "state", datetime.now(UTC))
    validate_landed(found, company)
    archive(found)
    target = folder / "sample.duckdb"
    write_raw_zone(
        company, folder / "state", target, run_date=LAST, as_of_date=None, refresh_log=[]
    )
    return target


def _create(connection: duckdb.DuckDBPyConnection, company: Company) -> None:
    connection.execute("create schema raw")
    tables = connection.execute(
        "select distinct table_name from duckdb_columns() where database_name = 'sample' "
        "and schema_name = 'raw'"
    ).fetchall()
    for (name,) in tables:
        connection.execute(f"create table raw.{name} as from sample.raw.{name} limit 0")
    write_config(connection, company, run_date=LAST, as_of_date=None)


def _add_day(build_file: Path, source: Path, company: Company, day: date, number: int) -> Load:
    """One more load: the day's rows of append tables, and every state table as it stood then."""
    files = []
    loaded_at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC) + timedelta(days=1)
    at = loaded_at.replace(tzinfo=None)
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(f"attach '{source}' as sample (read_only)")
        connection.execute("set TimeZone = 'UTC'")
        for table in raw_tables().values():
            is_first = number == 1
            count = connection.execute(
                f"insert into raw.{table.name} select * replace ({number} as _load_number, "
                f"timestamp '{at}' as _loaded_at) from ({_rows_of(table, company, day, is_first)})"
            ).fetchall()[0][0]
            if count:
                path = f"{day}/{table.name}.csv"
                files.append(LandedFile(path, f"{path} {count}", table.name, count, True, count))
                connection.execute(
                    "insert into raw.table_loads values (?, ?, ?, ?, 1)",
                    [number, table.name, at, count],
                )
    return Load(number, loaded_at, str(day), tuple(files))


def _rows_of(table: RawTable, company: Company, day: date, is_first: bool) -> str:
    """SQL: what a landing after this day would hold of the table."""
    happened = moments.event_day(table, company.time_zone)
    rows = f"select * from sample.raw.{table.name}"
    if not table.is_state:
        return f"{rows} where {happened} {'<=' if is_first else '='} date '{day}'"
    known = [
        f"case when cast({moments.moment(c.name, c.data_type, company.time_zone)} as date) "
        f"<= date '{day}' then {identifier(c.name)} end as {identifier(c.name)}"
        for c in table.columns
        if c.has_happened or c.name in ("closed_at", "left_at", "deactivated_at", "cancelled_on")
    ]
    changed = f"* replace ({', '.join(known)})" if known else "*"
    snapshot = (
        f"(select min(load_number) from sample.raw.table_loads where table_name = '{table.name}' "
        f"and loaded_at > timestamp '{day}' + interval 1 day)"
    )
    last = (
        f"(select max(load_number) from sample.raw.table_loads where table_name = '{table.name}')"
    )
    return (
        f"select {changed} from sample.raw.{table.name} "
        f"where _load_number = coalesce({snapshot}, {last}) "
        f"and coalesce({happened} <= date '{day}', true)"
    )


def main() -> None:
    """Replay the samples and print what was found; exit 1 where a day was blocked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gx", action="store_true", help="let Great Expectations judge each day")
    parser.add_argument("--to", type=Path, help="also write the figures to this file")
    options = parser.parse_args()
    figures = []
    for name in SAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            company = load_company(PROJECT_ROOT / "seeds" / "companies" / name)
            figures.append(replay(company, Path(folder), is_gx=options.gx))
        print(json.dumps(figures[-1], indent=1))
    if options.to:
        options.to.write_text(json.dumps(figures, indent=1) + "\n")
    raise SystemExit(1 if any(each["blocked"] for each in figures) else 0)


if __name__ == "__main__":
    main()
