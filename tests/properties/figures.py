"""benchmarks/histories.csv: how many histories were compared, by version of the code.

One row for each version of what is proven (`code`) and of what proves it (`generator`); a batch
adds to the row of both.
"""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.__main__ import commit
from orchestration.base.files import tree_hash, write_atomic
from orchestration.base.settings import PROJECT_ROOT
from orchestration.warehouse.fingerprints import CODE
from tests.properties.proof import Verdict

FILE = PROJECT_ROOT / "benchmarks" / "histories.csv"


@dataclass(frozen=True)
class Figures:
    """The row of one code version; seeds from 1 on, without a gap."""

    measured_on: str
    commit: str
    code: str
    generator: str
    first_seed: int = 1
    last_seed: int = 0
    histories: int = 0
    loads: int = 0
    refreshes: int = 0
    carried: int = 0  # refreshes that kept as-of dates as an earlier build left them
    differing: int = 0  # histories with a difference
    seconds: int = 0

    @property
    def next_seed(self) -> int:
        return self.last_seed + 1

    def with_batch(self, verdict: Verdict, size: int, loads: int, seconds: float) -> Figures:
        return replace(
            self,
            measured_on=f"{datetime.now(UTC):%Y-%m-%d}",
            commit=commit(),
            last_seed=self.next_seed,
            histories=self.histories + size,
            loads=self.loads + loads,
            refreshes=self.refreshes + verdict.refreshes,
            carried=self.carried + verdict.carried,
            differing=self.differing + len(verdict.histories),
            seconds=self.seconds + round(seconds),
        )

    def write(self) -> None:
        """Put the row in the place of the one of the same versions, or at the end."""
        own = {name: str(value) for name, value in asdict(self).items()}
        others = [
            row for row in _rows() if (row["code"], row["generator"]) != (self.code, self.generator)
        ]
        text = io.StringIO()
        writer = csv.DictWriter(text, [f.name for f in fields(Figures)], lineterminator="\n")
        writer.writeheader()
        writer.writerows([*others, own])
        write_atomic(FILE, text.getvalue().encode())


def count_so_far() -> Figures:
    """The figures of the code as it is now; zeros where it was never proven."""
    code, generator = code_hash(), generator_hash()
    for row in _rows():
        if (row["code"], row["generator"]) == (code, generator):
            texts = ("measured_on", "commit", "code", "generator")
            return Figures(**{k: v if k in texts else int(v) for k, v in row.items()})
    return Figures(f"{datetime.now(UTC):%Y-%m-%d}", commit(), code, generator)


def code_hash() -> str:
    """Everything that shapes the tables."""
    return tree_hash(PROJECT_ROOT, [PROJECT_ROOT / part for part in CODE])[:12]


def generator_hash() -> str:
    return tree_hash(PROJECT_ROOT, sorted(Path(__file__).parent.glob("*.py")))[:8]


def _rows() -> list[dict[str, str]]:
    if not FILE.exists():
        return []
    with FILE.open(newline="") as lines:
        return list(csv.DictReader(lines))
