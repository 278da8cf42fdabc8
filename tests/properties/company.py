"""A company folder with generated histories: settings, scorecards and the files of each load."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from orchestration.base.settings import PROJECT_ROOT
from orchestration.company.tables import raw_tables
from tests.properties.history import Row
from tests.properties.plan import Plan

SAMPLE = PROJECT_ROOT / "seeds" / "companies" / "office_software" / "scorecards"
COMPANY_ID = "histories"
# Monthly beside weekly dates, and percentile only where the peers are.
CHANGED = {
    "scorecards.csv": [("default,1,default,,Everybody else: five indicators,2025-01-01,weekly",
                        "default,1,default,,Everybody else: five indicators,2025-01-01,monthly")],
    "scorecard_indicators.csv": [
        ("small_team,1,actions_per_active_user,15,percentile",
         "small_team,1,actions_per_active_user,15,tiers"),
    ],
    "segment_rules.csv": [("5,enterprise,yearly_value_amount,>=,20000",
                           "5,enterprise,yearly_value_amount,>=,2000000")],
}  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """A plan and the histories that live in it; a history's number names its accounts."""

    plan: Plan
    histories: dict[str, list[Row]]
    common: tuple[Row, ...] = ()  # rows of the company itself, of no account

    def only(self, numbers: Iterable[str]) -> Batch:
        wanted = set(numbers)
        kept = {number: rows for number, rows in self.histories.items() if number in wanted}
        return Batch(self.plan, kept, self.common)

    def files(self) -> dict[tuple[int, str], list[dict[str, str]]]:
        """Load and table → its rows, ids filled in; tables without rows where the plan says so."""
        rows: dict[tuple[int, str], list[dict[str, str]]] = {
            (load, table): [] for table, loads in self.plan.landed.items() for load in loads
        }
        for number, history in [*self.histories.items(), ("", list(self.common))]:
            for row in history:
                filled = {k: v.replace("{h}", number) for k, v in row.values.items() if v}
                if (row.load, row.table) in rows:
                    rows[row.load, row.table].append(filled)
        return rows


def write_company(folder: Path, batch: Batch) -> None:
    """company.yml and the scorecards; nothing is landed yet."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "landed").mkdir(parents=True)
    settings = {
        "id": COMPANY_ID,
        "name": "Generated histories",
        "reporting_currency": "EUR",
        "entitlements": {"basic": ["mail"], "business": ["mail", "drive", "chat"]},
        "released_modules": {"chat": "2025-06-01", "assistant": "2025-09-10"},
        "north_star_metrics": {"default": "documents_shared", "government": "go_live"},
        "tables": {
            table: dict.fromkeys(
                ("quarantine_limit_ratio", "shrink_limit_ratio", "unlisted_limit_ratio"), 1.0
            )
            for table in raw_tables()
        },
        **batch.plan.settings,
    }
    text = yaml.safe_dump(settings, sort_keys=False)
    for key in ("score_from", "chat", "assistant"):  # dates, not text
        text = text.replace(f"{key}: '", f"{key}: ").replace("'\n", "\n")
    (folder / "company.yml").write_text(text)
    (folder / "scorecards").mkdir()
    for path in SAMPLE.glob("*.csv"):
        content = path.read_text()
        for old, new in CHANGED.get(path.name, ()):
            assert old in content, f"{path.name} has no {old!r}"
            content = content.replace(old, new)
        (folder / "scorecards" / path.name).write_text(content)


def land(folder: Path, batch: Batch, load: int, salt: str = "") -> None:
    """Write the files of one load. A salt gives the same rows in another order, in other files."""
    for (at, table), rows in batch.files().items():
        if at != load:
            continue
        target = folder / "landed" / batch.plan.folder(load)
        target.mkdir(exist_ok=True)
        columns = [column.name for column in raw_tables()[table].readable_columns]
        for name, part in _parts(table, _readable(table, rows), salt).items():
            text = io.StringIO()
            writer = csv.DictWriter(text, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(part)
            (target / name).write_text(text.getvalue())


def _readable(table: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """A column of which nothing can be read stops a refresh: then its bad values are left out."""
    from tests.properties.content import FAULTS

    column, bad = FAULTS.get(table, ("", None))
    values = {row[column] for row in rows if row.get(column)}
    if bad is None or values - {bad}:
        return rows
    return [{name: v for name, v in row.items() if name != column} for row in rows]


def _parts(table: str, rows: list[dict[str, str]], salt: str) -> dict[str, list[dict[str, str]]]:
    """File name → rows. What a file is called and holds follows from its rows alone, so that a
    snapshot that stays the same is written the same."""
    ranked = sorted(((_rank(row, salt), row) for row in rows), key=lambda pair: pair[0])
    if not salt or not rows:
        return {f"{table}.csv": [row for _, row in ranked]}
    parts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for rank, row in ranked:
        parts[f"{table}_{int(rank[0], 16) % 3}.csv"].append(row)
    return parts


def _rank(row: dict[str, str], salt: str) -> str:
    text = str(sorted(row.items()))
    return hashlib.sha256(f"{salt}{text}".encode()).hexdigest() if salt else text
