"""The page on faults: what it names exists, and the harness's figures are there as it says."""

import csv
import re
import sys
from dataclasses import fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from project_files import DOCS, ROOT, unit_tests

from tests.faults.figures import Row

PAGE = DOCS / "faults.md"


def table() -> list[list[str]]:
    """Fault, what is required, what exercises it; of the last table of the page."""
    _, _, text = PAGE.read_text(encoding="utf-8").partition("## The table")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_every_fault_names_what_exercises_it():
    rows = table()
    assert len(rows) >= 25
    assert [row[0] for row in rows if len(row) != 3 or "`" not in row[2]] == []


def test_every_test_that_the_page_names_exists():
    of_dbt = {test["name"] for _, test in unit_tests()}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    missing = []
    for named in re.findall(r"`([^`\n]+)`", "\n".join(row[2] for row in table())):
        path, _, function = named.partition("::")
        if named.startswith("make "):
            is_there = named.split()[1] in targets
        elif path.startswith("tests/"):
            file = ROOT / path
            text = file.read_text(encoding="utf-8") if file.exists() else ""
            is_there = f"\ndef {function}(" in text
        else:
            is_there = named in of_dbt
        if not is_there:
            missing.append(named)
    assert not missing, missing


def test_the_columns_of_the_figures_are_explained():
    page = PAGE.read_text(encoding="utf-8")
    columns = [field.name for field in fields(Row)]
    silent = [name for name in columns if f"`{name}`" not in page]
    assert silent == ["code_version", "commit", "measured_on"]  # told in the text above
    with (ROOT / "benchmarks" / "faults.csv").open(newline="") as file:
        assert next(csv.reader(file)) == columns
