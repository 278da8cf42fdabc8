"""Acts as files of the state: one CSV file each, a header and a row, written whole or not at all.

No lock is needed: names are unique, and a refresh that runs meanwhile takes it, or the next does.
"""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from orchestration.acts.known import read_known
from orchestration.acts.rows import ASSESSMENTS, Act, Desk
from orchestration.base import files
from orchestration.base.errors import BadInput
from orchestration.base.settings import Settings
from orchestration.company import storage
from orchestration.company.company import load_company
from orchestration.company.spelling import suggestion
from orchestration.company.tables import raw_tables
from orchestration.landing.acts import act_files
from orchestration.landing.loads import acts_folder


def act_on(
    settings: Settings,
    folder: Path,
    author: str,
    make: Callable[[Desk, Callable[[str], dict[str, str]]], Act],
) -> tuple[Act, Path]:
    """Make an act on a company and write it. `make` gets the desk, and what finds what stands."""
    company = load_company(folder)
    state = settings.state_dir
    known = read_known(settings, settings.paths(company.id), company)
    desk = Desk(known, author, datetime.now(UTC))
    act = make(desk, lambda assessment_id: standing(state, company.id, assessment_id))
    return act, record(state, company.id, act)


def record(state: Path, company_id: str, act: Act) -> Path:
    """Write the act, durably; the file's path."""
    folder = acts_folder(state, company_id)
    columns = [column.name for column in raw_tables()[act.table].readable_columns]
    content = io.StringIO()
    writer = csv.DictWriter(content, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerow(act.row)
    target = folder / f"{act.table}_{act.act_id}.csv"
    with storage.writing():
        files.make_private_folder(folder)
    storage.write_atomically(target, content.getvalue().encode())
    return target


def standing(state: Path, company_id: str, assessment_id: str) -> dict[str, str]:
    """The newest row of an override or flag of ours; BadInput if it can't be cleared."""
    known: dict[str, dict[str, str]] = {}
    for path in act_files(state, company_id):
        if path.name.startswith(ASSESSMENTS):
            with path.open(encoding="utf-8", newline="") as source:
                known |= {row["assessment_id"]: row for row in csv.DictReader(source)}
    found = known.get(assessment_id)
    if found is None:
        raise BadInput(
            f"`{assessment_id}` is no override or flag that `health act` recorded"
            f"{suggestion(assessment_id, known)}. The id stands as override_id in "
            "fct_account_health and as flag_id in fct_module_scores; what another system landed "
            "is cleared there."
        )
    if found["cleared_at"]:
        raise BadInput(f"`{assessment_id}` is cleared already. Nothing was written.")
    return found
