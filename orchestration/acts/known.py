"""What an act may be about: accounts, calls to action, modules, steps and staff that readers see.

Read-only. Everything that is unknown is refused here, with the nearest known name.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.base import layout
from orchestration.base.errors import BadInput
from orchestration.base.lockdown import open_read_only
from orchestration.base.settings import CompanyPaths, Settings
from orchestration.company.company import Company
from orchestration.company.spelling import suggestion
from orchestration.publishing.version_check import read_manifest
from orchestration.publishing.versions import DATABASE, current_version

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LAST_MOMENT = time(23, 59, 59)
SHOWN = 12


@dataclass(frozen=True)
class Cta:
    """A call to action of the mart, with the steps of its playbook."""

    cta_id: str
    account_id: str
    steps: tuple[str, ...] = ()
    status: str = "open"
    closed_on: date | None = None
    close_reason: str | None = None
    open_instead: str | None = None  # of one that is closed: the open one of its rule and account


@dataclass(frozen=True)
class Known:
    """What readers see now, and the settings in use."""

    as_of: date
    is_by_run_date: bool
    accounts: frozenset[str]
    modules: tuple[str, ...]
    ctas: dict[str, Cta] | None = None  # None: this version has no such mart
    staff: frozenset[str] = frozenset()  # nobody: staff is not collected
    absent: frozenset[str] = frozenset()  # accounts that have no row on the newest date
    unscored: frozenset[str] = frozenset()  # accounts that have one, without a score

    def moment(self, now: datetime) -> datetime:
        """When an act is done, on the company's own clock: never after what its author could see.

        So the next refresh shows it, and an act does not move the newest date to a day of which no
        data has come yet. Where company.yml makes the run's date the newest one, it is now.
        """
        now = now.astimezone(UTC)
        if self.is_by_run_date or now.date() <= self.as_of:
            return now
        return datetime.combine(self.as_of, LAST_MOMENT, UTC)

    def account(self, account_id: str) -> str:
        """The account's id, if there is such an account."""
        if account_id not in self.accounts:
            # spreadsheets take the zeros away that an id begins with
            same = sorted(a for a in self.accounts if a.lstrip("0") == account_id.lstrip("0"))
            hint = f" (did you mean `{same[0]}`?)" if same else ""
            raise BadInput(
                f"There is no account `{account_id}`"
                f"{hint or suggestion(account_id, sorted(self.accounts))}. Give "
                "an account_id of dim_accounts, as readers see it now; one that has just been "
                "landed is there after the next refresh."
            )
        return account_id

    def present_account(self, account_id: str) -> str:
        """The account's id, if a judgement of it would show anywhere."""
        if self.account(account_id) in self.absent:
            raise BadInput(
                f"`{account_id}` has no row on {self.as_of}: it is closed, or no contract is in "
                "force. A judgement would show nothing. Nothing was written."
            )
        return account_id

    def module(self, module_id: str) -> str:
        """The module's id, if there is such a module."""
        return _one_of("module", module_id, self.modules)

    def cta(self, cta_id: str) -> Cta:
        """The call to action, if readers see it."""
        if self.ctas is None:
            raise BadInput(
                "The version that readers see has no calls to action (there is no mart fct_ctas). "
                "Run `health refresh` with this release first. Nothing was written."
            )
        if cta_id not in self.ctas:
            raise BadInput(
                f"There is no call to action `{cta_id}`{suggestion(cta_id, self.ctas)}. Give a "
                "cta_id of fct_ctas, as readers see it now; one that was opened by `health act "
                "open` is there after the next refresh."
            )
        return self.ctas[cta_id]

    def open_cta(self, cta_id: str) -> Cta:
        """The call to action, if there is still something to do about it."""
        cta = self.cta(cta_id)
        if cta.status == "closed":
            instead = f" Open now is `{cta.open_instead}`." if cta.open_instead else ""
            raise BadInput(
                f"`{cta_id}` is closed since {cta.closed_on} ({cta.close_reason}), as readers see "
                f"it now.{instead} Nothing was written."
            )
        return cta

    def reopenable(self, cta_id: str) -> Cta:
        """The call to action, unless its end was not a person's doing."""
        cta = self.cta(cta_id)
        if cta.status == "closed" and cta.close_reason != "closed_by_a_person":
            raise BadInput(
                f"`{cta_id}` is closed since {cta.closed_on} ({cta.close_reason}), not by a "
                "person: where its condition comes back there is a new one. Open one by hand with "
                "`health act open`. Nothing was written."
            )
        return cta

    def step(self, cta: Cta, step_id: str) -> str:
        """The step's id, if the call's playbook has it."""
        if not cta.steps:
            raise BadInput(
                f"`{cta.cta_id}` has no playbook with steps, so there is no step to tick. Say what "
                "was done with `health act note`."
            )
        return _one_of("step of its playbook", step_id, cta.steps)

    def assignee(self, staff_id: str) -> str:
        """The id of a member of staff; any id where the company lands no staff."""
        if self.staff and staff_id not in self.staff:
            raise BadInput(
                f"There is no member of staff `{staff_id}`{suggestion(staff_id, self.staff)}. Give "
                "a staff_id of the table staff."
            )
        return staff_id


def read_known(settings: Settings, paths: CompanyPaths, company: Company) -> Known:
    """Read the version that readers see; BadInput where there is none yet."""
    version = current_version(paths)
    as_of = version and read_manifest(paths.versions / version).get("as_of_date")
    if not version or not as_of:
        raise BadInput("Nothing has been published yet. Run `health refresh` first.")
    layout.require_current(paths)
    with open_read_only(paths.versions / version / DATABASE) as marts:
        accounts = marts.execute("select account_id from marts.dim_accounts").fetchall()
        scored = dict(
            marts.execute(
                "select account_id, is_scored from marts.fct_account_health where is_latest"
            ).fetchall()
        )
        ctas = _ctas(marts)
    return Known(
        as_of=date.fromisoformat(as_of),
        is_by_run_date=company.as_of == "run_date",
        accounts=frozenset(account for (account,) in accounts),
        modules=_modules(settings.catalogue_dir / "modules.csv"),
        ctas=ctas,
        staff=_staff(paths, version),
        absent=frozenset(account for (account,) in accounts if account not in scored),
        unscored=frozenset(account for account, is_scored in scored.items() if not is_scored),
    )


def _ctas(marts: "DuckDBPyConnection") -> dict[str, Cta] | None:
    there = {name for (name,) in marts.execute("select table_name from duckdb_tables()").fetchall()}
    if "fct_ctas" not in there:
        return None
    steps: dict[str, tuple[str, ...]] = {}
    if "fct_cta_steps" in there:
        for cta_id, step_id in marts.execute(
            "select cta_id, step_id from marts.fct_cta_steps order by step_order, step_id"
        ).fetchall():
            steps[cta_id] = (*steps.get(cta_id, ()), step_id)
    found = marts.execute(
        "select cta_id, account_id, status, closed_on, close_reason, max(case when status <> "
        "'closed' and rule_id is not null then cta_id end) over (partition by account_id, rule_id) "
        "from marts.fct_ctas"
    ).fetchall()
    return {
        cta_id: Cta(cta_id, account, steps.get(cta_id, ()), status, closed_on, reason, instead)
        for cta_id, account, status, closed_on, reason, instead in found
    }


def _staff(paths: CompanyPaths, version: str) -> frozenset[str]:
    database = paths.restricted.versions / version / DATABASE
    if not database.exists():
        return frozenset()
    with open_read_only(database) as restricted:
        tables = restricted.execute(
            "select 1 from duckdb_tables() where table_name = 'restricted_staff'"
        ).fetchall()
        if not tables:
            return frozenset()
        found = restricted.execute("select staff_id from restricted.restricted_staff").fetchall()
    return frozenset(staff_id for (staff_id,) in found)


def _modules(file: Path) -> tuple[str, ...]:
    with file.open(encoding="utf-8", newline="") as source:
        return tuple(row["module_id"] for row in csv.DictReader(source))


def _one_of(what: str, value: str, known: Iterable[str]) -> str:
    known = tuple(known)
    if value not in known:
        raise BadInput(
            f"There is no {what} `{value}`{suggestion(value, known)}. There are: "
            f"{', '.join(known[:SHOWN])}."
        )
    return value
