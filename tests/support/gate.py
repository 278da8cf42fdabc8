"""A company's raw zone made directly in DuckDB, and the raw gate over it, refresh by refresh.

Four accounts with 25 events each a day, and a snapshot of 60 tickets with every load. A test adds
a load with something planted and looks at what the gate found.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.company.company import Company, load_company
from orchestration.expectations import history as histories
from orchestration.expectations.gate import GateOutcome, expect_raw
from orchestration.expectations.history import History
from orchestration.expectations.validation import validate
from orchestration.landing.config_zone import write_config
from orchestration.landing.loads import Load, Note
from orchestration.landing.outages import acknowledged_outages
from tests.support.landing import CompanyFolder
from tests.support.raw_zone import RawZone, writing

FIRST = date(2025, 3, 3)
WEEKS = 10
BEGUN = FIRST + timedelta(weeks=WEEKS)  # the day of the first load: it tells of the days before
EVENT = (
    "insert into raw.usage_events (event_id, account_id, module, action, occurred_at, "
    "duration_seconds, quantity, _load_number) select ? || i, ?, "
    "case when i % 5 = 0 then null when i % 2 = 0 then 'mail' else 'chat' end, "
    "case when i % 3 = 0 then 'send' else 'read' end, ?, ?::int + i % 7, 1, ? "
    "from range(?) as numbers (i)"
)
TICKET = (
    "insert into raw.tickets (ticket_id, account_id, kind, priority, status, opened_at, "
    "satisfaction, _load_number) select 't' || i, 'a', 'question', 'low', 'open', ?, 4, ? "
    "from range(?) as numbers (i)"
)


@dataclass
class Zone:
    """A build file that loads are added to, and the history of what was published."""

    root: Path
    settings: dict[str, Any] = field(default_factory=dict)
    loads: list[Load] = field(default_factory=list)
    history: History = field(default_factory=History)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    judge: Any = validate

    def __post_init__(self) -> None:
        self.build_file = RawZone({}, run_date=BEGUN).write(self.root / "build")
        self.folder = CompanyFolder(self.root, **self.settings)

    @property
    def company(self) -> Company:
        return load_company(self.folder.folder)

    def begin(self) -> "Zone":
        """The first load: ten weeks at once; published."""
        days = {FIRST + timedelta(days=offset): 25 for offset in range(7 * WEEKS)}
        self.load(BEGUN, days)
        self.publish(self.gate())
        return self

    def next_day(self, number: int = 1, **planted: Any) -> GateOutcome:
        """The load of that many days later, which tells of the days since the last one."""
        before = self.loads[-1].loaded_at.date()
        missing = {before + timedelta(days=offset): 25 for offset in range(number)}
        self.load(before + timedelta(days=number), planted.pop("days", missing), **planted)
        return self.gate()

    def load(
        self,
        on: date,
        days: dict[date, int | dict[str, int]],
        *,
        tickets: int = 60,
        seconds: int = 600,
    ) -> None:
        """One load of so many events a day (for each account, or by account), and of tickets."""
        number = len(self.loads) + 1
        at = datetime(on.year, on.month, on.day, 4, tzinfo=UTC)
        with writing(self.build_file) as connection:
            for day, counts in days.items():
                if isinstance(counts, int):
                    counts = dict.fromkeys("abcd", counts)
                for account, count in counts.items():
                    key = f"{day}-{account}-"
                    moment = f"{day}T10:00:00Z"
                    connection.execute(EVENT, [key, account, moment, seconds, number, count])
            connection.execute(TICKET, [f"{BEGUN - timedelta(days=1)}", number, tickets])
            for table, count in (("usage_events", len(days)), ("tickets", tickets)):
                connection.execute(
                    "insert into raw.table_loads values (?, ?, ?, ?, 1)",
                    [number, table, at.replace(tzinfo=None), count],
                )
        self.loads.append(Load(number, at, None, (), row_counts={}))

    def execute(self, sql: str) -> None:
        """Plant something by SQL over the build file."""
        with duckdb.connect(str(self.build_file)) as connection:
            connection.execute(sql)

    def note(self, table: str, meaning: str, since: date | None = None) -> None:
        """What an operator acknowledged, in the newest load."""
        note = Note(table, meaning, since)
        self.loads[-1] = replace(self.loads[-1], notes=(note,))

    def gate(self) -> GateOutcome:
        """The raw gate over the file as it stands."""
        run_date = self.loads[-1].loaded_at.date()
        with writing(self.build_file) as connection:
            connection.execute("drop schema if exists config cascade")
            found = acknowledged_outages(connection, self.company, self.loads, {}, run_date)
            write_config(
                connection, self.company, run_date=run_date, as_of_date=None, outages=found
            )
        return expect_raw(
            self.build_file,
            self.company,
            self.loads,
            self.history,
            self.answers,
            run_date=run_date,
            as_of=None,
            judge=self.judge,
        )

    def publish(self, outcome: GateOutcome) -> None:
        """From now on the outcome is a measure for later ones."""
        load = self.loads[-1]
        for line in histories.lines_of(
            outcome.results, "raw", f"r{load.number}", load.loaded_at, load.number
        ):
            self.history.add(line)


def of_status(outcome: GateOutcome, status: str) -> list[str]:
    """Names of the checks that came out so."""
    return [result.name for result in outcome.of(status)]
