"""A company of few accounts, landed and refreshed by the real project in a test's own folder.

Tables are lists of dicts. A scorecard set has the shipped files' columns, and the rows given.
"""

import csv
import shutil
import subprocess
from pathlib import Path

import duckdb
import yaml

from orchestration.base.settings import PROJECT_ROOT
from tests.support import program
from tests.support.states import begin_anew

SHIPPED = PROJECT_ROOT / "seeds" / "scorecards"
Rows = list[dict[str, object]]


class SmallCompany:
    def __init__(self, root: Path, **settings: object) -> None:
        self.root = root
        self.folder = root / "small"
        (self.folder / "landed").mkdir(parents=True)
        named = {"id": "small", "name": "Small (made for tests)", "reporting_currency": "EUR"}
        (self.folder / "company.yml").write_text(yaml.safe_dump(named | settings))

    def land(self, **tables: Rows) -> None:
        for name, rows in tables.items():
            _write(self.folder / "landed" / f"{name}.csv", list(rows[0]), rows)

    def score_with(self, **tables: Rows) -> None:
        """A set of the shipped columns; tables that are not named have no rows."""
        (self.folder / "scorecards").mkdir(exist_ok=True)
        for path in SHIPPED.glob("*.csv"):
            header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
            _write(self.folder / "scorecards" / path.name, header, tables.get(path.stem, []))

    def refresh(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return program.refresh(self.folder, self.root, *arguments)

    def set_aside(self, root: Path) -> "SmallCompany":
        """The company and what it published, there; here another one may begin from nothing."""
        aside = SmallCompany(root)
        for name in ("small", "published"):
            shutil.rmtree(root / name, ignore_errors=True)
            (self.root / name).rename(root / name)
        begin_anew(self.root / "state" / "small")
        return aside

    @property
    def database(self) -> Path:
        return self.root / "published" / "small" / "current" / "customer_health.duckdb"

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def _write(path: Path, header: list[str], rows: Rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)


def bands(*scorecards: str) -> Rows:
    limits = [("unhealthy", 0, 40), ("fair", 40, 80), ("healthy", 80, 100)]
    return [
        {"scorecard_id": name, "version": 1, "band": band, "lower_bound": low, "upper_bound": high}
        for name in scorecards
        for band, low, high in limits
    ]
