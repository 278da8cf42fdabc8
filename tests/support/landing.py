"""A company folder made in a test's own folder, and the landing's steps over it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import yaml

from orchestration.company.company import Company, load_company
from orchestration.landing.archive import archive
from orchestration.landing.raw import write_raw_zone
from orchestration.landing.scan import Scan, scan
from orchestration.landing.validate import validate

FIRST_DAY = datetime(2025, 11, 2, 4, tzinfo=UTC)
ACCOUNTS = (
    "account_id,name,created_at\n"
    "001,Anvil,2024-01-01\n002,Brick,2024-02-01\n003,Crane,2024-03-01\n004,Drill,2024-04-01\n"
)
EVENTS_HEADER = "event_id,account_id,action,occurred_at,quantity\n"


def events(first: int, last: int) -> str:
    """Event rows with running numbers."""
    rows = (f"e{n},001,open,2025-10-01T10:00:00Z,{n}\n" for n in range(first, last + 1))
    return EVENTS_HEADER + "".join(rows)


class CompanyFolder:
    """One company: write files, then run steps."""

    def __init__(self, root: Path, **settings: object) -> None:
        self.folder = root / "acme"
        self.state = root / "state"
        self.build_file = root / "build" / "warehouse.duckdb"
        (self.folder / "landed").mkdir(parents=True)
        self.settings({"id": "acme", "name": "Acme", "reporting_currency": "EUR"} | settings)
        self.day = FIRST_DAY

    def settings(self, values: dict) -> None:
        self.write("company.yml", yaml.safe_dump(values))

    def write(self, path: str, content: str | bytes) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def land(self, name: str, content: str | bytes) -> Path:
        return self.write(f"landed/{name}", content)

    def parquet(self, name: str, select: str) -> Path:
        target = self.folder / "landed" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        duckdb.connect().execute(f"copy ({select}) to '{target}' (format parquet)")
        return target

    def map(self, table: str, sql: str) -> Path:
        return self.write(f"mapping/{table}.sql", sql)

    @property
    def company(self) -> Company:
        return load_company(self.folder)

    def scan(self) -> Scan:
        return scan(self.company, self.state, self.day)

    def check(self, acknowledged: dict[str, str] | None = None) -> Scan:
        found = self.scan()
        validate(found, self.company, acknowledged)
        return found

    def load(self, acknowledged: dict[str, str] | None = None) -> Scan:
        """Scan, validate and archive; the next load comes a day later."""
        found = self.check(acknowledged)
        archive(found)
        self.day += timedelta(days=1)
        return found

    def build(self) -> dict[str, int]:
        return write_raw_zone(
            self.company,
            self.state,
            self.build_file,
            run_date=date(2025, 12, 1),
            as_of_date=None,
            refresh_log=[],
        )

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.build_file), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def land_and_query(self, sql: str) -> list[tuple]:
        """The whole way for what lies in the folder now."""
        self.load()
        self.build()
        return self.query(sql)

    def state_content(self) -> dict[str, bytes]:
        """Every file of the state, to show that nothing was changed."""
        if not self.state.exists():
            return {}
        return {
            path.relative_to(self.state).as_posix(): path.read_bytes()
            for path in sorted(self.state.rglob("*"))
            if path.is_file()
        }
