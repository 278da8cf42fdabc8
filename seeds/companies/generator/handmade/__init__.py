"""Accounts whose rows are written out by hand in the CSV files here, so that every indicator can be
checked by counting rows. A state row appears in the first load after its own date; an append row
too, unless its column `load` names the day of a load. Golden: tests/golden/indicator_values.csv."""

import csv
from datetime import date
from pathlib import Path

from .. import history
from ..tables import COLUMNS, STATE_TABLES

DATE_OF = {
    "accounts": ["created_at"],
    "subscriptions": ["started_on"],
    "users": ["created_at"],
    "contacts": ["started_at"],
    "tickets": ["opened_at"],
    "invoices": ["issued_on"],
    "business_outcomes": ["period_end"],
    "readiness_checks": ["checked_on"],
    "usage_events": ["occurred_at"],
    "survey_responses": ["responded_at", "sent_at"],
    "interactions": ["occurred_at", "planned_at"],
    "csm_assessments": ["assessed_at"],
    "account_events": ["occurred_on"],
}


def add_handmade(company) -> None:
    """Add the hand-made rows of a company to its tables."""
    folder = Path(__file__).parent / company.company_id
    created = {row["account_id"]: row["created_at"] for row in read(folder / "accounts.csv")}
    for table in COLUMNS:
        path = folder / f"{table}.csv"
        for row in read(path) if path.exists() else []:
            load_day = row.pop("load", "")
            dates = [row[column] for column in DATE_OF.get(table, []) if row[column]]
            day = date.fromisoformat((dates or [created[row["account_id"]]])[0][:10])
            if table in STATE_TABLES:
                company.add_state(table, day, **row)
            else:
                days = history.LOAD_DAYS
                load = days.index(date.fromisoformat(load_day)) if load_day else None
                company.add_event(table, day, load, **row)


def read(path: Path) -> list[dict]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
