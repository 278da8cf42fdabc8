"""People's acts as a load: the files that `health act` wrote and that no load holds yet.

One file is one act, named `<raw table>_<id>.csv`, written whole or not at all. Which have been
taken is what the archived loads say, by name; so an act counts once, and one that a killed refresh
did not archive is taken by the next. What an act may say is checked before it is written
(`orchestration/acts/`).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from orchestration.base.errors import BadInput
from orchestration.company import storage
from orchestration.landing import plan
from orchestration.landing.loads import ACTS, LandedFile, Load, acts_folder

TABLES = ("cta_actions", "csm_assessments")


def new_load(state: Path, company_id: str, loads: Iterable[Load], now: datetime) -> Load | None:
    """All acts since the last load of acts, as one load after `loads`; None without any."""
    loads = list(loads)
    taken = {file.path for load in loads if load.is_acts for file in load.files}
    files = tuple(
        _file(path) for path in act_files(state, company_id) if f"{ACTS}/{path.name}" not in taken
    )
    return Load(len(loads) + 1, now.astimezone(UTC), ACTS, files) if files else None


def act_files(state: Path, company_id: str) -> list[Path]:
    """All acts that were ever recorded, the oldest of a table first."""
    folder = acts_folder(state, company_id)
    return storage.regular_files(folder) if folder.is_dir() else []


def _file(path: Path) -> LandedFile:
    table = plan.table_by_name(path.name)
    if table not in TABLES or path.suffix != ".csv" or path.parent.name != ACTS:
        raise BadInput(
            f"{path} is no act. This folder is written by `health act` alone: take the file away."
        )
    size = path.stat().st_size
    return LandedFile(f"{ACTS}/{path.name}", storage.sha256_of(path), table, size, is_changed=True)
