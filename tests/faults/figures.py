"""The figures of the harness: one row per code version and stage, added up over runs.

A code version is a hash of everything that lands, builds and publishes. A change of it begins rows
of its own: kills of other code prove nothing.
"""

import csv
import io
import subprocess
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from orchestration.base.files import tree_hash, write_atomic
from orchestration.base.settings import PROJECT_ROOT
from orchestration.warehouse.fingerprints import CODE

FILE = PROJECT_ROOT / "benchmarks" / "faults.csv"
SPINE = (
    "orchestration/warehouse/build.py",
    "orchestration/expectations",
    "orchestration/base/files.py",
    "orchestration/publishing/ledger.py",
    "orchestration/base/lock.py",
    "orchestration/publishing/parquet_files.py",
    "orchestration/warehouse/project.py",
    "orchestration/publishing/publish.py",
    "orchestration/publishing/published_tables.py",
    "orchestration/refresh.py",
    "orchestration/publishing/refresh_log.py",
    "orchestration/publishing/rollback.py",
    "orchestration/publishing/version_check.py",
    "orchestration/publishing/versions.py",
)
MAXIMA = {"seconds_beyond_refresh"}


@dataclass
class Row:
    """What happened in one stage: counts, and the seconds of the slowest recovery."""

    code_version: str
    stage: str
    commit: str = ""
    measured_on: str = ""
    kills: int = 0
    reads: int = 0
    wrong_reads: int = 0
    read_errors: int = 0
    wrong_states: int = 0
    lost_versions: int = 0
    recoveries: int = 0
    failed_recoveries: int = 0
    seconds_beyond_refresh: float = 0.0

    def add(self, other: "Row") -> None:
        for name in COUNTED:
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, max(mine, theirs) if name in MAXIMA else mine + theirs)
        self.commit, self.measured_on = other.commit, other.measured_on


COUNTED = [field.name for field in fields(Row)][4:]


def code_version() -> str:
    paths = [PROJECT_ROOT / part for part in sorted({*CODE, *SPINE})]
    return tree_hash(PROJECT_ROOT, [path for path in paths if path.exists()])[:12]


def commit() -> str:
    described = ["git", "describe", "--always", "--dirty=+"]
    done = subprocess.run(described, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def new_row(stage: str, version: str) -> Row:
    return Row(version, stage, commit(), f"{datetime.now(UTC):%Y-%m-%d}")


def read(path: Path = FILE) -> dict[tuple[str, str], Row]:
    """All rows, by code version and stage."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        rows = [Row(**_typed(row)) for row in csv.DictReader(file)]
    return {(row.code_version, row.stage): row for row in rows}


def add(row: Row, path: Path = FILE) -> None:
    """Add a row's counts to those of earlier runs, durably."""
    rows = read(path)
    key = (row.code_version, row.stage)
    if key in rows:
        rows[key].add(row)
    else:
        rows[key] = row
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(each) for each in rows.values())
    write_atomic(path, text.getvalue().encode())


def _typed(row: dict[str, str]) -> dict[str, str | int | float]:
    types = {field.name: field.type for field in fields(Row)}
    return {name: types[name](value) for name, value in row.items()}
