"""Rows of one company, and how they become files: one snapshot of each state table and one batch
of each append table per load. Nothing here knows what the rows mean."""

import csv
import io
import shutil
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from . import history

COLUMNS = {
    "accounts": "account_id name parent_account_id customer_type is_key_account industry region"
    " employee_count annual_value currency csm_id created_at closed_at",
    "staff": "staff_id name team role manager_id",
    "users": "user_id account_id email role is_active created_at deactivated_at",
    "contacts": "contact_id account_id user_id name email role started_at left_at replaced_by",
    "subscriptions": "subscription_id account_id product plan seats units amount currency"
    " billing_period discount_pct started_on ends_on cancelled_on decision decided_on",
    "usage_events": "event_id account_id user_id module action occurred_at duration_seconds"
    " quantity unit_id",
    "usage_daily": "account_id user_id module used_on period events active_users duration_seconds"
    " quantity",
    "tickets": "ticket_id account_id contact_id problem_id kind priority status opened_at due_at"
    " first_responded_at solved_at reopened_at satisfaction satisfaction_max is_churn_risk",
    "survey_responses": "response_id account_id contact_id survey sent_at responded_at score"
    " scale_min scale_max comment",
    "invoices": "invoice_id account_id subscription_id issued_on due_on paid_on amount amount_paid"
    " currency status kind",
    "interactions": "interaction_id account_id contact_id csm_id kind planned_at occurred_at"
    " outcome is_two_way",
    "csm_assessments": "assessment_id account_id kind module rating score scale_max band reason"
    " author assessed_at expires_at cleared_at",
    "onboarding_milestones": "account_id milestone due_on completed_on",
    "readiness_checks": "account_id check passed checked_on",
    "account_events": "event_id account_id kind occurred_on resolved_on",
    "business_outcomes": "account_id metric period_start period_end target actual",
    "cta_actions": "action_id cta_id account_id module action step until assignee author acted_at",
    "exchange_rates": "currency valid_on rate_to_reporting",
}
COLUMNS = {table: names.split() for table, names in COLUMNS.items()}

STATE_TABLES = {
    "accounts", "staff", "users", "contacts", "subscriptions", "tickets", "invoices",
    "onboarding_milestones", "readiness_checks", "business_outcomes", "exchange_rates",
}  # fmt: skip

# What a load can't know yet: until the day in the first column has come, the column is empty and
# the others hold what they held before.
NOT_YET_KNOWN = {
    "accounts": {"closed_at": {}},
    "users": {"deactivated_at": {"is_active": "true"}},
    "contacts": {"left_at": {"replaced_by": ""}},
    "subscriptions": {"decided_on": {"decision": ""}, "cancelled_on": {}},
    "tickets": {
        "first_responded_at": {},
        "solved_at": {"status": "open", "satisfaction": "", "satisfaction_max": ""},
        "reopened_at": {},
    },
    "invoices": {"paid_on": {"amount_paid": "", "status": "open"}},
    "onboarding_milestones": {"completed_on": {}},
}

TYPED = {"occurred_at": "timestamp", "duration_seconds": "double", "quantity": "double"}


@dataclass
class StateRow:
    """A row of a state table: since when a load shows it, until when, and what changed when."""

    values: dict
    since: date
    until: date | None = None
    changes: list[tuple[date, dict]] = field(default_factory=list)

    def as_of(self, table: str, load_day: date) -> dict | None:
        """The row as a load of that day shows it; None when it is not there."""
        if self.since >= load_day or (self.until and self.until < load_day):
            return None
        shown = dict(self.values)
        for day, changed in self.changes:
            if day < load_day:
                shown.update(changed)
        for column, before in NOT_YET_KNOWN.get(table, {}).items():
            if text(shown.get(column))[:10] >= load_day.isoformat():
                shown[column] = ""
                shown.update(before)
        return shown


class Company:
    """All rows of one company."""

    def __init__(self, company_id: str, zone: str, local_tables: tuple = ()):
        self.company_id = company_id
        self.zone = ZoneInfo(zone)
        self.local_tables = local_tables
        self.state: dict[str, list[StateRow]] = {}
        self.batches: dict[str, list[list[dict]]] = {}

    def add_state(self, table: str, since: date, until=None, changes=(), **values) -> StateRow:
        """Add a row to a state table; every load after `since` shows it."""
        row = StateRow(values, since, until, list(changes))
        self.state.setdefault(table, []).append(row)
        return row

    def add_event(self, table: str, day: date, load: int | None = None, **values) -> None:
        """Add a row to an append table, in the first load after its day or in the one given."""
        number = history.load_of(day) if load is None else load
        batches = self.batches.setdefault(table, [[] for _ in history.LOADS])
        batches[number].append(values)

    def rendered(self, table: str, row: dict) -> dict:
        """The row as text; times of the tables without zones in the company's own time."""
        local = self.zone if table in self.local_tables else None
        return {column: text(value, local) for column, value in row.items()}


def text(value, zone: ZoneInfo | None = None) -> str:
    """One value as a CSV cell. A datetime is UTC; with a zone it is written local and zone-less."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if zone:
            return (
                value.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
            )
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def write_company(company: Company, landed: Path, parquet: set, split: set, styles: dict) -> None:
    """Write every load of a company, replacing what is there.

    parquet: (table, load number) written as Parquet; split: the same, written as two files;
    styles: the same → (byte order mark?, line end).
    """
    shutil.rmtree(landed, ignore_errors=True)
    before: dict[str, list[dict]] = {}
    for number, load in enumerate(history.LOADS):
        folder = landed / load
        folder.mkdir(parents=True)
        for table in COLUMNS:
            rows = rows_of_load(company, table, number)
            if not rows or rows == before.get(table):
                continue
            if table in STATE_TABLES:
                before[table] = rows
            if (table, number) in parquet:
                write_parquet(table, rows, folder / f"{table}.parquet")
            elif (table, number) in split:
                middle = len(rows) // 2
                write_csv(table, rows[:middle], folder / f"{table}.part_1.csv")
                write_csv(table, rows[middle:], folder / f"{table}.part_2.csv")
            else:
                write_csv(table, rows, folder / f"{table}.csv", *styles.get((table, number), ()))


def rows_of_load(company: Company, table: str, number: int) -> list[dict]:
    """The rows of one table in one load, as text."""
    if table in STATE_TABLES:
        day = history.LOAD_DAYS[number]
        shown = (row.as_of(table, day) for row in company.state.get(table, []))
        return [company.rendered(table, row) for row in shown if row is not None]
    batches = company.batches.get(table)
    return [company.rendered(table, row) for row in batches[number]] if batches else []


def columns_of(table: str, rows: list[dict]) -> list[str]:
    """The declared columns, then those that only some rows bring, by name."""
    declared = COLUMNS[table]
    return declared + sorted({name for row in rows for name in row} - set(declared))


def write_csv(table, rows, path: Path, byte_order_mark: bool = False, line_end: str = "\n") -> None:
    """Write rows as CSV in UTF-8."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns_of(table, rows), restval="", lineterminator=line_end)
    writer.writeheader()
    writer.writerows(rows)
    mark = b"\xef\xbb\xbf" if byte_order_mark else b""
    path.write_bytes(mark + buffer.getvalue().encode())


def write_parquet(table: str, rows: list[dict], path: Path) -> None:
    """Write rows as Parquet with real types for times and amounts; an empty cell is null."""
    import pyarrow
    import pyarrow.parquet

    arrays = {}
    for column in columns_of(table, rows):
        cells = [row.get(column) or None for row in rows]
        kind = TYPED.get(column)
        if kind == "timestamp":
            times = [datetime.fromisoformat(cell) for cell in cells]
            arrays[column] = pyarrow.array(times, pyarrow.timestamp("us", tz="UTC"))
        elif kind == "double":
            numbers = [None if cell is None else float(cell) for cell in cells]
            arrays[column] = pyarrow.array(numbers, pyarrow.float64())
        else:
            arrays[column] = pyarrow.array(cells, pyarrow.string())
    pyarrow.parquet.write_table(pyarrow.table(arrays), path, compression="zstd")
