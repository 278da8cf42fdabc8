"""benchmarks/scale.csv: what each contender took, a row for each run of it on a commit."""

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from orchestration.base.files import write_atomic
from orchestration.base.settings import PROJECT_ROOT

FILE = PROJECT_ROOT / "benchmarks" / "scale.csv"


@dataclass(frozen=True)
class Figure:
    """One run. Numbers that do not apply are empty.

    `fixed_cpu_seconds` is what the project takes for a company of twenty accounts; the column after
    it is the rest. `ratio_to_limit` is that rest, or all CPU seconds, over those of the limit.
    """

    measured_on: str
    commit: str
    cores: int
    load_before: float
    scale: str
    history_days: int
    accounts: int
    events: int
    contender: str
    run: str  # full | day
    cpu_seconds: float
    wall_seconds: float | None = None
    memory_mb: int | None = None
    fixed_cpu_seconds: float | None = None
    beyond_fixed_cpu_seconds: float | None = None
    ratio_to_limit: float | None = None
    differing_rows: int | None = None
    note: str = ""

    @property
    def key(self) -> tuple[str, int, str, str]:
        """What was measured, whatever the commit."""
        return self.scale, self.history_days, self.contender, self.run

    @property
    def counted_seconds(self) -> float:
        """What is compared with the limit."""
        if self.beyond_fixed_cpu_seconds is not None:
            return self.beyond_fixed_cpu_seconds
        return self.cpu_seconds


def read(file: Path = FILE) -> list[Figure]:
    """All rows, the oldest first."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return [Figure(**_typed(row)) for row in csv.DictReader(lines)]


def newest(figures: list[Figure]) -> dict[tuple[str, int, str, str], Figure]:
    """The last row of each thing that was measured."""
    return {figure.key: figure for figure in figures}


def add(figure: Figure, file: Path = FILE) -> None:
    """At the end; in the place of an earlier run of the same commit."""
    others = [one for one in read(file) if (one.commit, one.key) != (figure.commit, figure.key)]
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Figure)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(one) for one in [*others, figure])
    write_atomic(file, text.getvalue().encode())


def _typed(row: dict[str, str]) -> dict[str, Any]:
    kinds = {field.name: str(field.type) for field in fields(Figure)}

    def typed(name: str, text: str) -> object:
        if "int" in kinds[name]:
            return int(text) if text else None
        if "float" in kinds[name]:
            return float(text) if text else None
        return text

    return {name: typed(name, text) for name, text in row.items()}
