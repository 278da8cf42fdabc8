"""Scorecard versions that readers were shown stay as they are: a change is a new version.

The state keeps the rows of every version that scored a published date. Whoever edits one is told
which cell, and to bump the version.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from orchestration.base.errors import BadInput
from orchestration.base.files import read_json, write_json
from orchestration.scorecards.tables import TABLES, Table, read_table

VERSIONED = tuple(
    table for table in TABLES.values() if table.key[:2] == ("scorecard_id", "version")
)
LABELS = {"scorecard_name"}  # says nothing about how accounts are judged
MOST = 5

# version ("starter v1") → table → key of the row → column → cell
Rows = dict[str, dict[str, dict[str, dict[str, str]]]]


def rows_by_version(scorecards: Path) -> Rows:
    """The rows of each version of a valid set."""
    found: Rows = {}
    for table in VERSIONED:
        rows, _ = read_table(scorecards, table)
        for row in rows or []:
            version = found.setdefault(f"{row['scorecard_id']} v{row['version']}", {})
            cells = {name: _text(value) for name, value in row.values.items() if name not in LABELS}
            version.setdefault(table.name, {})[_key(table, row.values)] = cells
    return found


def keep(file: Path, scorecards: Path, versions: Iterable[str]) -> None:
    """Remember the rows of the versions that a publication shows."""
    known: Rows = read_json(file) if file.exists() else {}
    now = rows_by_version(scorecards)
    new = {name: now[name] for name in versions if name not in known and name in now}
    if new:
        write_json(file, {**known, **new})


def require_unedited(file: Path, scorecards: Path) -> None:
    """BadInput where a published version's rows are not what they were."""
    known: Rows = read_json(file) if file.exists() else {}
    now = rows_by_version(scorecards)
    scorecard_ids = {name.rsplit(" v", 1)[0] for name in now}
    problems = []
    for name, tables in known.items():
        # a scorecard that is gone as a whole was replaced on purpose
        if name.rsplit(" v", 1)[0] in scorecard_ids:
            problems += _edits(name, tables, now.get(name))
    if problems:
        more = f"\n  - and {len(problems) - MOST} more" if len(problems) > MOST else ""
        raise BadInput(
            f"The scorecards in {scorecards} change a version that readers were shown:\n"
            + "\n".join(f"  - {problem}" for problem in problems[:MOST])
            + more
            + "\nNothing was changed. Give the change a new version with its own valid_from, and "
            "leave the old rows. Where nobody relies on the scores yet, remove "
            f"{file.name} from the company's state: all dates are then judged by the new rows."
        )


def _edits(name: str, before: dict[str, Any], now: dict[str, Any] | None) -> list[str]:
    if now is None:
        return [f"{name}: the version was removed"]
    edits = []
    for table in VERSIONED:
        old, new = before.get(table.name, {}), now.get(table.name, {})
        edits += [f"{table.file}: {name}: {key}: the row was removed" for key in old.keys() - new]
        edits += [f"{table.file}: {name}: {key}: the row is new" for key in new.keys() - old]
        for key in sorted(old.keys() & new):
            edits += [
                f"{table.file}: {name}: {key}: {column} was {cell or 'empty'}, "
                f"is {new[key].get(column, cell) or 'empty'}"
                for column, cell in old[key].items()
                if new[key].get(column, cell) != cell
            ]
    return sorted(edits)


def _key(table: Table, values: dict[str, Any]) -> str:
    parts = [_text(values[column]) for column in table.key[2:]]
    return ", ".join(part or "(lowest)" for part in parts) or "the version"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return format(value.normalize(), "f") if hasattr(value, "normalize") else str(value)
