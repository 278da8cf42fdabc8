"""The day's open calls to action by owner, from what readers see: as CSV and as JSON. Read-only.

A call that rests (`snoozed`) is not on the list, only counted. What is past its due date comes
first, then what is severe.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from orchestration.base.errors import BadInput
from orchestration.base.lockdown import open_read_only
from orchestration.base.settings import CompanyPaths
from orchestration.company.spelling import suggestion
from orchestration.publishing.export import cell, whole_file
from orchestration.publishing.version_check import read_manifest
from orchestration.publishing.versions import DATABASE, current_version

FIELDS = (
    *("owner", "owner_kind", "cta_id", "account_id", "account_name", "score", "band"),
    *("kind", "severity", "module_id", "evidence", "opened_on", "days_open", "due_on"),
    *("is_overdue", "escalation_level", "playbook_id", "next_step_id", "next_step"),
)
NO_NAME = re.compile(r"[^\w.-]")  # an owner's id may hold anything
OPEN = """
with next_steps as (
    select cta_id, step_id, step,
        row_number() over (partition by cta_id order by step_order, step_id) as place
    from marts.fct_cta_steps where done_on is null
)
select ctas.owner, ctas.owner_kind, ctas.cta_id, ctas.account_id, accounts.account_name,
    round(health.score, 1) as score, health.band, ctas.kind, ctas.severity, ctas.module_id,
    ctas.evidence, ctas.opened_on, ctas.days_open, ctas.due_on,
    coalesce(ctas.due_on < cast(? as date), false) as is_overdue, ctas.escalation_level,
    ctas.playbook_id, next_steps.step_id as next_step_id, next_steps.step as next_step
from marts.fct_ctas as ctas
left join marts.dim_accounts as accounts on ctas.account_id = accounts.account_id
left join marts.fct_account_health as health
    on ctas.account_id = health.account_id and health.is_latest
left join next_steps on ctas.cta_id = next_steps.cta_id and next_steps.place = 1
where ctas.status = 'open'
order by ctas.owner nulls last, is_overdue desc,
    case ctas.severity when 'urgent' then 1 when 'high' then 2 when 'medium' then 3 else 4 end,
    ctas.due_on nulls last, ctas.cta_id
"""


@dataclass(frozen=True)
class WorkList:
    """What is to be done as of a date: rows as dicts with FIELDS, an owner's most urgent first."""

    company_id: str
    as_of: str
    version: str
    rows: tuple[dict[str, Any], ...]
    resting: int = 0  # of all owners; nothing is said of one owner's part
    owner: str = ""

    @property
    def by_owner(self) -> dict[str, list[dict[str, Any]]]:
        """Rows by owner; under an empty name what is with nobody."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            found.setdefault(row["owner"] or "", []).append(row)
        return found

    def of(self, owner: str) -> "WorkList":
        """One owner's part. BadInput where nothing was ever given to this owner."""
        if owner not in self.by_owner:
            names = [name for name in self.by_owner if name]
            raise BadInput(
                f"There is no open call to action of `{owner}`{suggestion(owner, names)}. "
                + (f"Owners are: {', '.join(names)}." if names else "Nobody has any.")
            )
        rows = tuple(self.by_owner[owner])
        return replace(self, rows=rows, resting=0, owner=owner)


def read_work_list(paths: CompanyPaths, company_id: str) -> WorkList:
    """The list of the version that readers see; BadInput where there is none."""
    version = current_version(paths)
    as_of = version and read_manifest(paths.versions / version).get("as_of_date")
    if not version or not as_of:
        raise BadInput("Nothing has been published yet. Run `health refresh` first.")
    with open_read_only(paths.versions / version / DATABASE) as marts:
        tables = marts.execute("select table_name from duckdb_tables()").fetchall()
        if not {("fct_ctas",), ("fct_cta_steps",)} <= set(tables):
            raise BadInput(
                "The version that readers see has no calls to action (there is no mart fct_ctas). "
                "Run `health refresh` with this release first."
            )
        rows = marts.execute(OPEN, [as_of]).fetchall()
        resting = marts.execute(
            "select count(*) from marts.fct_ctas where status = 'snoozed'"
        ).fetchall()[0][0]
    named = tuple(dict(zip(FIELDS, row, strict=True)) for row in rows)
    return WorkList(company_id, as_of, version, named, resting)


def as_csv(work: WorkList) -> Iterable[str]:
    """Lines with their ends. A text that a spreadsheet would run as a formula is escaped."""
    yield ",".join(("as_of_date", *FIELDS)) + "\n"
    for row in work.rows:
        yield ",".join([work.as_of, *(cell(row[name]) for name in FIELDS)]) + "\n"


def as_json(work: WorkList) -> str:
    """The list by owner."""
    owners = [
        {"owner": owner or None, "ctas": [{n: row[n] for n in FIELDS[1:]} for row in rows]}
        for owner, rows in work.by_owner.items()
    ]
    content = {
        "company_id": work.company_id,
        "as_of_date": work.as_of,
        "version": work.version,
        "resting_count": work.resting,
        "owners": owners,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, default=str) + "\n"


def write_files(work: WorkList, folder: Path) -> list[Path]:
    """`worklist_<company>_<date>.csv` and `.json`, whole or not at all; later the same again."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder.")
    written = []
    for ending, lines in (("csv", as_csv(work)), ("json", [as_json(work)])):
        parts = ["worklist", work.company_id, work.as_of, *([work.owner] if work.owner else [])]
        target = folder / f"{NO_NAME.sub('-', '_'.join(parts))}.{ending}"
        with whole_file(target) as sink:
            sink.writelines(lines)
        written.append(target)
    return written
