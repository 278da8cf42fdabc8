"""Why some mutants survive: explained.csv, by file, the text of the line, and what was changed."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.base.settings import PROJECT_ROOT
from tests.mutants.mutate import Mutant

FILE = Path(__file__).with_name("explained.csv")
DBT = PROJECT_ROOT / "dbt_project"


@dataclass
class Explanations:
    """What is known about survivors; lines are found by their text, which moves with them."""

    reasons: dict[tuple[str, str, str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with FILE.open(newline="", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                key = (row["file"], row["line"], row["found"], row["put"])
                self.reasons[key] = row["why"]

    def why(self, mutant: Mutant) -> str:
        """The reason why a mutant may survive; nothing where nobody gave one."""
        line = (DBT / mutant.file).read_text().splitlines()[mutant.line - 1].strip()
        found = " ".join(mutant.found.split())
        return self.reasons.get((mutant.file, line, found, mutant.put), "")

    def stale(self) -> list[str]:
        """Explanations of lines that are not there any more."""
        return [f"{file}: {line}" for file, line, _, _ in self.reasons if line not in _lines(file)]


def _lines(file: str) -> set[str]:
    """The lines of a model as it stands; none where it was taken away."""
    path = DBT / file
    return {text.strip() for text in path.read_text().splitlines()} if path.is_file() else set()
