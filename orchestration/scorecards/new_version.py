"""A scorecard's next version: the rows of its latest one, copied under the next number.

Belongs here: which rows are copied into which file, and when that makes no sense. A version that
judged accounts stays as it is (see `published`), so a change begins with a copy.
"""

import csv
import io
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from orchestration.base.errors import BadInput
from orchestration.base.files import write_atomic
from orchestration.scorecards.lint import lint_scorecards, require_valid
from orchestration.scorecards.published import VERSIONED
from orchestration.scorecards.tables import DATE_PATTERN, TABLES, nearest, read_table


@dataclass(frozen=True)
class NewVersion:
    """What was written: the version, and how many rows of it each file got."""

    scorecard_id: str
    version: int
    valid_from: date
    copied: int
    rows: dict[str, int] = field(default_factory=dict)


def add_version(folder: Path, catalogue: Path, scorecard_id: str, valid_from: str) -> NewVersion:
    """Write a scorecard's next version; BadInput, and nothing written, where there can be none."""
    require_valid(folder, catalogue)
    rows, _ = read_table(folder, TABLES["scorecards"])
    starts: dict[str, dict[int, date]] = {}
    for row in rows or []:
        starts.setdefault(row["scorecard_id"], {})[row["version"]] = row["valid_from"]
    versions = starts.get(scorecard_id)
    if versions is None:
        known = sorted(starts)
        raise BadInput(
            f'{folder / "scorecards.csv"} has no scorecard "{scorecard_id}"'
            f"{nearest(scorecard_id, known)}. It has {', '.join(known)}. Nothing was changed."
        )
    latest = max(versions)
    begins = _date(valid_from)
    if begins <= versions[latest]:
        raise BadInput(
            f"Version {latest} of {scorecard_id} judges from {versions[latest]} on; the next one "
            f"begins later than that, not on {begins}. Nothing was changed."
        )
    made = NewVersion(scorecard_id, latest + 1, begins, latest)
    contents = {}
    # the file that names the version last: until it is there, the copies belong to nothing
    for table in sorted(VERSIONED, key=lambda table: table.name == "scorecards"):
        path = folder / table.file
        if path.exists():
            contents[path], made.rows[table.file] = _with_copies(path.read_bytes(), made)
    _require_valid_copy(folder, catalogue, contents)
    for path, content in contents.items():
        write_atomic(path, content)
    return made


def _date(text: str) -> date:
    try:
        if DATE_PATTERN.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadInput(
        f'--valid-from "{text}" is not a date. Write it as 2025-01-31. Nothing was changed.'
    )


def _with_copies(content: bytes, made: NewVersion) -> tuple[bytes, int]:
    """A file with the copies after the scorecard's last row, all else as it was; their number."""
    text = content.decode("utf-8-sig")
    mark = content[: len(content) - len(text.encode())]
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = list(io.StringIO(text if text.endswith("\n") else text + ending, newline=""))
    reader = csv.reader(lines, strict=True)
    header = next(reader)
    place, copies = reader.line_num, []
    for cells in reader:
        row = dict(zip(header, cells, strict=False))
        if row.get("scorecard_id") != made.scorecard_id:
            continue
        place = reader.line_num
        if int(row["version"]) == made.copied:
            row["version"] = str(made.version)
            if "valid_from" in row:
                row["valid_from"] = made.valid_from.isoformat()
            copies.append(list(row.values()))
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=ending).writerows(copies)
    lines.insert(place, written.getvalue())
    return mark + "".join(lines).encode(), len(copies)


def _require_valid_copy(folder: Path, catalogue: Path, contents: dict[Path, bytes]) -> None:
    """Refuse before the set itself is touched."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(shutil.copytree(folder, Path(name) / "scorecards"))
        for path, content in contents.items():
            (copy / path.name).write_bytes(content)
        errors = lint_scorecards(copy, catalogue).errors
    if errors:
        listed = "\n".join(f"  - {error}" for error in errors)
        raise BadInput(f"The new version would not be valid:\n{listed}\nNothing was changed.")
