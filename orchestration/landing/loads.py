"""Numbered loads: what was landed when. Their manifests in the state, read and written."""

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from orchestration.base import files
from orchestration.base.errors import HealthError
from orchestration.company import storage

# The folder of a load of people's acts, which `health act` wrote into the state. No landed folder
# can have this name: dated ones begin with a year.
ACTS = "acts"


@dataclass(frozen=True)
class LandedFile:
    """One file of a load; `path` is relative to the landed folder, of an act to the state."""

    path: str
    sha256: str
    table: str | None
    size: int
    is_changed: bool
    row_count: int | None = None


@dataclass(frozen=True)
class Note:
    """What an operator acknowledged about one raw table of a load, for every later replay.

    An `outage` without `since`: the load's own rows of the table are not taken. With `since`: its
    feed was out from that day on. `meant`: taken as it is, and the new measure. With `column`: the
    load's rows lack it, and nobody records it any more.
    """

    table: str
    meaning: str  # outage | meant
    since: date | None = None
    column: str | None = None


@dataclass(frozen=True)
class Load:
    """All files that lay in the landed folder (or a dated folder of it) at one time.

    Or acts that people recorded since the last refresh (`is_acts`).
    """

    number: int
    loaded_at: datetime
    folder: str | None
    files: tuple[LandedFile, ...]
    missing_tables: tuple[str, ...] = ()
    row_counts: dict[str, int] | None = None
    notes: tuple[Note, ...] = ()
    # Currencies that its exchange rates are of; None where an earlier release did not note them.
    rated_currencies: tuple[str, ...] | None = None

    @property
    def is_acts(self) -> bool:
        """Nothing that the company landed: says nothing of what its sources sent, or did not."""
        return self.folder == ACTS

    @property
    def not_taken(self) -> set[str]:
        """Tables whose rows in this load were an outage: no snapshot, nothing deleted."""
        return {note.table for note in self.notes if note.meaning == "outage" and not note.since}

    def path_inside(self, file: LandedFile) -> str:
        """The file's path without the dated folder."""
        return file.path.removeprefix(f"{self.folder}/") if self.folder else file.path


def landed(loads: Iterable[Load]) -> list[Load]:
    """The loads that came from the landed folder."""
    return [load for load in loads if not load.is_acts]


def company_state(state: Path, company_id: str) -> Path:
    """Where everything lives that a rebuild can't make."""
    return Path(state) / company_id


def content_path(state: Path, company_id: str, sha256: str) -> Path:
    """Where the archive keeps a file's content."""
    return files_folder(state, company_id) / sha256


def acts_folder(state: Path, company_id: str) -> Path:
    """Where `health act` puts one file per act; they stay there."""
    return company_state(state, company_id) / ACTS


def files_folder(state: Path, company_id: str) -> Path:
    """The archive's content, each file named by its hash."""
    return company_state(state, company_id) / "files"


@contextlib.contextmanager
def scratch_folder(state: Path, company_id: str) -> Iterator[Path]:
    """For copies of landed files while they are read: in the state, closed to other accounts.

    It lies where the next refresh clears away what a killed one left. A path that DuckDB would take
    for a pattern can't hold files that it reads: then the system's folder must do.
    """
    builds = company_state(state, company_id) / "builds"
    is_pattern = any(sign in str(builds) for sign in "*?[")
    if not is_pattern:
        with storage.writing():
            files.make_private_folder(builds.parent)
            builds.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=None if is_pattern else builds, prefix="scratch-"
    ) as folder:
        yield Path(folder).resolve()


def read_loads(state: Path, company_id: str) -> list[Load]:
    """All archived loads, in order."""
    folder = company_state(state, company_id) / "loads"
    if not folder.is_dir():
        return []
    manifests = sorted(folder.glob("[0-9]*.json"), key=lambda path: int(path.stem))
    loads = [_from_json(path) for path in manifests]
    if [load.number for load in loads] != list(range(1, len(loads) + 1)):
        raise HealthError(
            f"{folder}: the loads are not numbered without a gap. Restore the missing manifest "
            "from a backup: history can't be replayed without it."
        )
    return loads


def hash_of_first_loads(state: Path, company_id: str, count: int) -> str:
    """One hash of the first manifests: a build file that holds those loads names it."""
    folder = company_state(state, company_id) / "loads"
    digest = hashlib.sha256()
    for number in range(1, count + 1):
        digest.update((folder / f"{number:04d}.json").read_bytes())
    return digest.hexdigest()


def write_load(state: Path, company_id: str, load: Load) -> None:
    """Write one manifest; from then on the load counts as archived."""
    notes = [{**asdict(note), "since": note.since and str(note.since)} for note in load.notes]
    content = {"format": 1, **asdict(load), "loaded_at": load.loaded_at.isoformat()}
    content = {**content, "notes": notes}
    target = company_state(state, company_id) / "loads" / f"{load.number:04d}.json"
    storage.write_atomically(target, json.dumps(content, indent=1).encode())


def _note(content: dict) -> Note:
    since = content["since"]
    since = since and date.fromisoformat(since)
    return Note(content["table"], content["meaning"], since, content.get("column"))


def _tuple(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


def _from_json(path: Path) -> Load:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Load(
            number=content["number"],
            loaded_at=datetime.fromisoformat(content["loaded_at"]),
            folder=content["folder"],
            files=tuple(LandedFile(**file) for file in content["files"]),
            missing_tables=tuple(content["missing_tables"]),
            row_counts=content["row_counts"],
            notes=tuple(_note(note) for note in content.get("notes", [])),
            rated_currencies=_tuple(content.get("rated_currencies")),
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise HealthError(f"{path} is damaged ({error}). Restore it from a backup.") from error
