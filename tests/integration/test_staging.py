"""What staging does to every kind of row: one small raw zone, built once, looked at case by case.

Four loads; the company's zone is Berlin. A case of a single row lies in a file of its own, by which
its test finds it. Days that a version is known or valid are worked out by hand: it is known for
as-of dates from 35 days before its arrival.
"""

import json
from collections import Counter
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from orchestration.base.settings import silence_telemetry
from orchestration.company.tables import raw_tables
from tests.support.builds import attach, copied
from tests.support.raw_zone import RawZone, StagingProject, reading, records

LOADS = {
    1: datetime(2025, 1, 5, 4),
    2: datetime(2025, 3, 1, 4),
    3: datetime(2025, 4, 1, 4),
    4: datetime(2025, 5, 1, 4),
}
RUN_DATE = date(2025, 6, 30)

# A good row of each table: a case names only what differs.
GOOD = {
    "accounts": {"account_id": "case", "name": "Case"},
    "staff": {"staff_id": "case", "name": "Sam"},
    "users": {"user_id": "case", "account_id": "acme"},
    "contacts": {"contact_id": "case", "account_id": "acme", "role": "user"},
    "subscriptions": {
        "subscription_id": "case",
        "account_id": "acme",
        "amount": "100",
        "currency": "EUR",
        "billing_period": "month",
        "started_on": "2024-06-01",
    },
    "usage_events": {
        "event_id": "case",
        "account_id": "acme",
        "action": "open",
        "occurred_at": "2025-01-02T10:00:00Z",
    },
    "usage_daily": {"account_id": "acme", "used_on": "2025-01-02", "events": "1"},
    "tickets": {
        "ticket_id": "case",
        "account_id": "acme",
        "kind": "bug",
        "priority": "low",
        "status": "open",
        "opened_at": "2025-01-02T10:00:00Z",
    },
    "survey_responses": {
        "response_id": "case",
        "account_id": "acme",
        "survey": "nps",
        "scale_max": "10",
    },
    "invoices": {
        "invoice_id": "case",
        "account_id": "acme",
        "issued_on": "2025-01-02",
        "due_on": "2025-02-01",
        "amount": "100",
        "currency": "EUR",
    },
    "interactions": {
        "interaction_id": "case",
        "account_id": "acme",
        "kind": "call",
        "outcome": "held",
    },
    "csm_assessments": {
        "assessment_id": "case",
        "account_id": "acme",
        "kind": "score_override",
        "score": "40",
        "scale_max": "100",
        "reason": "They told me",
        "author": "sam",
        "assessed_at": "2025-01-02T10:00:00Z",
        "expires_at": "2025-02-02T10:00:00Z",
    },
    "onboarding_milestones": {"account_id": "acme", "milestone": "case", "due_on": "2025-02-01"},
    "readiness_checks": {
        "account_id": "acme",
        "check": "case",
        "passed": "true",
        "checked_on": "2025-01-02",
    },
    "account_events": {
        "event_id": "case",
        "account_id": "acme",
        "kind": "merger",
        "occurred_on": "2025-01-02",
    },
    "business_outcomes": {
        "account_id": "acme",
        "metric": "case",
        "period_start": "2024-12-01",
        "period_end": "2024-12-31",
        "actual": "5",
    },
    "cta_actions": {
        "action_id": "case",
        "account_id": "acme",
        "action": "note",
        "author": "sam",
        "acted_at": "2025-01-02T10:00:00Z",
    },
    "exchange_rates": {"currency": "USD", "valid_on": "2025-01-01", "rate_to_reporting": "0.9"},
}
# The column that tells the cases of a table apart.
CASE_KEY = {
    table: next((column for column, value in row.items() if value == "case"), None)
    for table, row in GOOD.items()
} | {"usage_daily": "user_id", "exchange_rates": "currency"}


def good(table: str, **changes: str | None) -> dict[str, str | None]:
    return {**GOOD[table], **changes}


# --- rows that are set aside: table, what is wrong, then rule, column and value as shown

# Two days after the load, and long before the run.
FUTURE_DAY, FUTURE_TIME = "2025-01-07", "2025-01-07T00:00:00Z"
BAD_ROWS = [
    # no account, or nobody's
    ("usage_events", {"account_id": "nobody"}, "unknown_account", "account_id", "nobody"),
    ("tickets", {"account_id": "nobody"}, "unknown_account", "account_id", "nobody"),
    ("cta_actions", {"account_id": "nobody"}, "unknown_account", "account_id", "nobody"),
    ("contacts", {"account_id": "bad"}, "unknown_account", "account_id", "bad"),
    ("usage_events", {"account_id": None}, "missing_value", "account_id", None),
    # a required value or the key is missing
    ("usage_events", {"event_id": None}, "missing_value", "event_id", None),
    ("usage_events", {"event_id": None, "is_deleted": "true"}, "missing_value", "event_id", None),
    ("tickets", {"status": None}, "missing_value", "status", None),
    ("readiness_checks", {"check": None}, "missing_value", "check", None),
    # times and days that can't be read
    ("usage_events", {"occurred_at": "soon"}, "unreadable_timestamp", "occurred_at", "xxxx"),
    (
        "usage_events",
        {"occurred_at": "2025-02-30T10:00:00"},
        *("unreadable_timestamp", "occurred_at", "2025-02-30x10:00:00"),
    ),
    (
        "usage_events",
        {"occurred_at": "1899-12-31T10:00:00"},
        *("unreadable_timestamp", "occurred_at", "1899-12-31x10:00:00"),
    ),
    ("usage_events", {"occurred_at": ""}, "unreadable_timestamp", "occurred_at", ""),
    ("invoices", {"due_on": "30.06.2025"}, "unreadable_date", "due_on", "30.06.2025"),
    ("invoices", {"due_on": "2025-02-29"}, "unreadable_date", "due_on", "2025-02-29"),
    ("invoices", {"due_on": "2025-02-01x"}, "unreadable_date", "due_on", "2025-02-01x"),
    ("invoices", {"due_on": "infinity"}, "unreadable_date", "due_on", "xxxxxxxx"),
    ("usage_daily", {"events": "1.5"}, "unreadable_integer", "events", "1.5"),
    ("usage_daily", {"events": "2147483648"}, "unreadable_integer", "events", "2147483648"),
    ("usage_daily", {"events": "9" * 20}, "unreadable_integer", "events", "9" * 20),
    ("subscriptions", {"amount": "9" * 15}, "unreadable_money", "amount", "9" * 15),
    ("readiness_checks", {"passed": "perhaps"}, "unreadable_boolean", "passed", "xxxxxxx"),
    ("subscriptions", {"amount": "-0.01"}, "below_0", "amount", "-0.01"),
    (
        "exchange_rates",
        {"rate_to_reporting": "10000000000"},
        *("unreadable_rate", "rate_to_reporting", "10000000000"),
    ),
    ("exchange_rates", {"rate_to_reporting": "-1"}, "below_0", "rate_to_reporting", "-1"),
    ("invoices", {"amount": "-10"}, "negative_amount", "amount", "-10"),
    ("invoices", {"amount": "-10", "kind": "contract"}, "negative_amount", "amount", "-10"),
    ("survey_responses", {"scale_max": "0"}, "scale_without_width", "scale_max", "0"),
    ("csm_assessments", {"score": "5", "scale_max": "4"}, "override_without_score", "score", "5"),
    (
        "csm_assessments",
        {"score": "101", "scale_max": None},
        "override_without_score",
        "score",
        "101",
    ),
    # one thing before the other
    ("invoices", {"due_on": "2025-01-01"}, "due_before_issued", "due_on", "2025-01-01"),
    (
        "business_outcomes",
        {"period_end": "2024-11-30"},
        *("ends_before_start", "period_end", "2024-11-30"),
    ),
    # what happened, more than a day after its own load
    ("usage_events", {"occurred_at": FUTURE_TIME}, "in_the_future", "occurred_at", FUTURE_TIME),
    ("usage_daily", {"used_on": FUTURE_DAY}, "in_the_future", "used_on", FUTURE_DAY),
    # overrides without their safeguards
    ("csm_assessments", {"expires_at": None}, "override_without_expiry", "expires_at", None),
    (
        "csm_assessments",
        {"expires_at": "2025-04-02T10:00:01Z"},
        *("override_beyond_90_days", "expires_at", "2025-04-02T10:00:01Z"),
    ),
    ("csm_assessments", {"score": None}, "override_without_score", "score", None),
    (
        "csm_assessments",
        {"kind": "band_override", "band": "splendid"},
        *("unknown_band", "band", "splendid"),
    ),
    # an e-mail address is masked wherever it stands
    (
        "tickets",
        {"account_id": "for zoe@example.org"},
        *("unknown_account", "account_id", "for (masked)"),
    ),
    # personal columns are masked
    ("csm_assessments", {"reason": None}, "override_without_reason", "reason", "(masked)"),
    ("staff", {"name": None}, "missing_value", "name", "(masked)"),
    # what would become a number or a sign has to be in its list
    ("subscriptions", {"billing_period": "decade"}, "unlisted_value", "billing_period", "decade"),
    ("usage_daily", {"period": "hour"}, "unlisted_value", "period", "hour"),
    ("invoices", {"kind": "refund"}, "unlisted_value", "kind", "refund"),
    ("cta_actions", {"action": "sing"}, "unlisted_value", "action", "sing"),
]

# --- values that are emptied while their row stands: as above

BAD_VALUES = [
    ("users", {"created_at": "infinity"}, "unreadable_timestamp", "created_at", "xxxxxxxx"),
    ("usage_events", {"arrived_at": "soon"}, "unreadable_timestamp", "arrived_at", "xxxx"),
    ("usage_events", {"updated_at": "soon"}, "unreadable_timestamp", "updated_at", "xxxx"),
    # numbers that can't be read, or that no total can hold
    ("usage_events", {"quantity": "NaN"}, "unreadable_decimal", "quantity", "xxx"),
    ("usage_events", {"quantity": "inf"}, "unreadable_decimal", "quantity", "xxx"),
    ("usage_events", {"quantity": "-Infinity"}, "unreadable_decimal", "quantity", "-xxxxxxxx"),
    ("usage_events", {"quantity": "1e308"}, "unreadable_decimal", "quantity", "1x308"),
    ("usage_events", {"quantity": "1,5"}, "unreadable_decimal", "quantity", "1,5"),
    ("subscriptions", {"seats": "x" * 150}, "unreadable_integer", "seats", "x" * 100),
    ("usage_events", {"is_deleted": "perhaps"}, "unreadable_boolean", "is_deleted", "xxxxxxx"),
    # less than nothing
    ("usage_events", {"duration_seconds": "-0.5"}, "below_0", "duration_seconds", "-0.5"),
    ("usage_daily", {"duration_seconds": "-1"}, "below_0", "duration_seconds", "-1"),
    ("subscriptions", {"seats": "-1"}, "below_0", "seats", "-1"),
    ("accounts", {"employee_count": "-1"}, "below_0", "employee_count", "-1"),
    # outside a scale
    ("survey_responses", {"score": "11"}, "outside_its_scale", "score", "11"),
    ("survey_responses", {"score": "-1"}, "outside_its_scale", "score", "-1"),
    ("survey_responses", {"score": "0", "scale_min": "1"}, "outside_its_scale", "score", "0"),
    (
        "tickets",
        {"satisfaction": "6", "satisfaction_max": "5"},
        *("outside_its_scale", "satisfaction", "6"),
    ),
    ("subscriptions", {"ends_on": "2024-05-31"}, "ends_before_start", "ends_on", "2024-05-31"),
    (
        "tickets",
        {"solved_at": "2025-01-02T09:59:59Z"},
        *("solved_before_opened", "solved_at", "2025-01-02T09:59:59Z"),
    ),
    (
        "tickets",
        {"first_responded_at": "2025-01-02T09:59:59Z"},
        *("responded_before_opened", "first_responded_at", "2025-01-02T09:59:59Z"),
    ),
    (
        "survey_responses",
        {"sent_at": "2025-01-02T10:00:00Z", "responded_at": "2025-01-01T10:00:00Z"},
        *("answered_before_sent", "responded_at", "2025-01-01T10:00:00Z"),
    ),
    # a state says it again: ahead of each load that does
    ("accounts", {"created_at": "2025-07-02"}, "in_the_future", "created_at", "2025-07-02"),
    ("invoices", {"paid_on": FUTURE_DAY}, "in_the_future", "paid_on", FUTURE_DAY),
    ("tickets", {"solved_at": FUTURE_TIME}, "in_the_future", "solved_at", FUTURE_TIME),
    ("usage_events", {"arrived_at": FUTURE_TIME}, "in_the_future", "arrived_at", FUTURE_TIME),
    ("usage_events", {"updated_at": FUTURE_TIME}, "in_the_future", "updated_at", FUTURE_TIME),
    # where a number or a date belongs, anybody's name may stand: letters are not shown
    (
        "subscriptions",
        {"seats": "Zoë Ångström, zoe@example.org"},
        *("unreadable_integer", "seats", "xxx xxxxxxxx, (masked)"),
    ),
    # of two values that contradict each other the one goes that the rule is named after
    (
        "csm_assessments",
        {"kind": "relationship_rating", "score": "6", "scale_max": "5"},
        *("outside_its_scale", "score", "6"),
    ),
    # a line break would begin another fault
    ("subscriptions", {"seats": "1\n2"}, "unreadable_integer", "seats", "1 2"),
]

# --- rows that stand: table, what is odd, then column and value as staged

ODD_TEXTS = [
    "Zażółć gęślą jaźń 漢字 🚀 \u202eabc",
    "two\nlines\r\nand a\ttab",
    "she said \"no\" and 'yes'",
    "'; drop table accounts; --",
    "=1+1",
    "+49 30 1234",
    "-1|~|;,",
    "  spaces around  ",
    "{{ 1 / 0 }} {% raw %} ${x} %s \\n",
    "null",
    "x" * 5000,
]
EVENT_TIMES = {
    # with a zone
    "2025-01-02T10:00:00Z": datetime(2025, 1, 2, 10),
    "2025-01-02 10:00:00+02:00": datetime(2025, 1, 2, 8),
    "2025-01-02T10:00:00.25-0530": datetime(2025, 1, 2, 15, 30, 0, 250000),
    "2025-01-01T00:30:00+14:00": datetime(2024, 12, 31, 10, 30),
    # without: Berlin, winter and summer
    "2025-01-02T10:00:00": datetime(2025, 1, 2, 9),
    "2024-06-02 10:00:00": datetime(2024, 6, 2, 8),
    "2024-06-02T10:00": datetime(2024, 6, 2, 8),
    "2025-01-01T00:30:00": datetime(2024, 12, 31, 23, 30),
    # a day alone stays that day
    "2024-06-02": datetime(2024, 6, 2),
    " 2024-06-02": datetime(2024, 6, 2),
    # the day of 23 hours; the hour that was skipped counts from the old time
    "2024-03-31T01:59:59": datetime(2024, 3, 31, 0, 59, 59),
    "2024-03-31T02:30:00": datetime(2024, 3, 31, 1, 30),
    "2024-03-31T03:00:00": datetime(2024, 3, 31, 1),
    "2024-03-31T23:59:59": datetime(2024, 3, 31, 21, 59, 59),
    # the day of 25 hours; the hour that came twice is read as the second
    "2024-10-27T01:59:59": datetime(2024, 10, 26, 23, 59, 59),
    "2024-10-27T02:30:00": datetime(2024, 10, 27, 1, 30),
    "2024-10-27T02:30:00+02:00": datetime(2024, 10, 27, 0, 30),
    "2024-10-27T03:00:00": datetime(2024, 10, 27, 2),
    # within a day of the load
    "2025-01-06T23:59:59Z": datetime(2025, 1, 6, 23, 59, 59),
}
GOOD_ROWS = [
    *(("accounts", {"name": text}, "name", text) for text in ODD_TEXTS),
    *(("survey_responses", {"comment": text}, "comment", text) for text in ODD_TEXTS[:3]),
    *(
        ("usage_events", {"occurred_at": text}, "occurred_at", value)
        for text, value in EVENT_TIMES.items()
    ),
    # ids are text, money and numbers exact
    ("accounts", {"parent_account_id": "007"}, "parent_account_id", "007"),
    ("accounts", {"annual_value": "0.1"}, "annual_value", Decimal("0.1000")),
    ("subscriptions", {"amount": "1e3"}, "amount", Decimal("1000.0000")),
    (
        "subscriptions",
        {"amount": "12345678901234.5678"},
        *("amount", Decimal("12345678901234.5678")),
    ),
    ("usage_events", {"duration_seconds": "0"}, "duration_seconds", Decimal(0)),
    ("usage_daily", {"events": "2147483647"}, "events", 2147483647),
    ("usage_daily", {"events": "12.0"}, "events", 12),
    ("accounts", {"is_key_account": "TRUE"}, "is_key_account", True),
    ("accounts", {"is_key_account": "0"}, "is_key_account", False),
    ("accounts", {"is_key_account": None}, "is_key_account", None),
    ("readiness_checks", {"passed": "no"}, "passed", False),
    # days: a time behind them is overlooked
    ("invoices", {"paid_on": "2025-01-03 00:00:00"}, "paid_on", date(2025, 1, 3)),
    ("invoices", {"paid_on": "2025-01-03T23:30:00-05:00"}, "paid_on", date(2025, 1, 3)),
    # what lies ahead by nature
    ("subscriptions", {"ends_on": "2031-12-31"}, "ends_on", date(2031, 12, 31)),
    ("subscriptions", {"ends_on": "9999-12-31"}, "ends_on", date(9999, 12, 31)),
    ("invoices", {"due_on": "2026-01-01"}, "due_on", date(2026, 1, 1)),
    ("interactions", {"planned_at": "2026-01-01T09:00"}, "planned_at", datetime(2026, 1, 1, 8)),
    ("interactions", {"planned_at": "2026-01-01T09:00Z"}, "planned_at", datetime(2026, 1, 1, 9)),
    ("cta_actions", {"until": "2026-01-01"}, "until", date(2026, 1, 1)),
    ("tickets", {"due_at": "2026-01-01"}, "due_at", datetime(2026, 1, 1)),
    (
        "csm_assessments",
        {"expires_at": "2025-04-02T10:00:00Z"},
        *("expires_at", datetime(2025, 4, 2, 10)),
    ),
    (
        "csm_assessments",
        {"kind": "maturity", "expires_at": "2031-01-01", "reason": None},
        *("expires_at", datetime(2031, 1, 1)),
    ),
    # credits and returns
    ("invoices", {"amount": "-10", "kind": "credit"}, "amount", Decimal(-10)),
    ("invoices", {"amount": "-10", "credits_invoice_id": "i1"}, "amount", Decimal(-10)),
    ("usage_events", {"quantity": "-3"}, "quantity", Decimal(-3)),
    # both ends of a scale belong to it
    ("survey_responses", {"score": "10"}, "score", Decimal(10)),
    ("survey_responses", {"score": "1", "scale_min": "1"}, "score", Decimal(1)),
    ("survey_responses", {"score": "-5", "scale_min": "-5"}, "score", Decimal(-5)),
    # values outside a list
    ("tickets", {"priority": "blocker"}, "priority", "other"),
    ("tickets", {"priority": "task"}, "priority", "other"),
    ("tickets", {"kind": "'; drop table"}, "kind", "other"),
    ("invoices", {"status": "written_off"}, "status", "written_off"),
    ("invoices", {"status": "dunned"}, "status", "other"),
    # codes of currencies are upper-cased
    ("accounts", {"currency": "eur"}, "currency", "EUR"),
    ("subscriptions", {"currency": " Usd "}, "currency", "USD"),
    ("invoices", {"currency": "EUR"}, "currency", "EUR"),
    ("exchange_rates", {"currency": "gbp"}, "currency", "GBP"),
    # one dong in euros: of six decimals two digits were left
    (
        "exchange_rates",
        {"rate_to_reporting": "0.00003651"},
        *("rate_to_reporting", Decimal("0.00003651")),
    ),
    # inside it, however it is written: trimmed, in small letters, with underscores
    ("tickets", {"priority": " HIGH\u00a0"}, "priority", "high"),
    ("contacts", {"role": "Decision-Maker"}, "role", "decision_maker"),
    ("interactions", {"outcome": "No Answer"}, "outcome", "no_answer"),
    # by the words of company.yml, and by those that everybody knows
    ("tickets", {"priority": "Critical"}, "priority", "urgent"),
    ("subscriptions", {"billing_period": "Monthly"}, "billing_period", "month"),
    ("subscriptions", {"billing_period": "annual"}, "billing_period", "year"),
    ("usage_daily", {"period": "weekly"}, "period", "week"),
    ("usage_daily", {"period": None}, "period", "day"),
    # a week and a day that begin alike are two rows
    ("usage_daily", {"user_id": "both", "period": "week"}, "period", "week"),
    ("usage_daily", {"user_id": "both", "period": "day"}, "period", "day"),
    # nobody is their own parent
    (
        "accounts",
        {"account_id": "own_parent", "parent_account_id": "own_parent"},
        *("parent_account_id", None),
    ),
    # midnight in its own zone or in the company's is that day, another moment the day as written
    ("invoices", {"due_on": "2025-02-01T00:00:00+05:00"}, "due_on", date(2025, 2, 1)),
    ("invoices", {"due_on": "2025-01-31T23:00:00Z"}, "due_on", date(2025, 2, 1)),
    ("invoices", {"due_on": "2025-01-31T22:00:00Z"}, "due_on", date(2025, 1, 31)),
    # unknown modules have no list; an act need not name an account
    ("usage_events", {"module": "brand new"}, "module", "brand new"),
    ("cta_actions", {"account_id": None}, "account_id", None),
    # before an account's beginning and after its end
    (
        "usage_events",
        {"account_id": "closed", "occurred_at": "2024-12-02T10:00:00Z"},
        *("account_id", "closed"),
    ),
    (
        "usage_events",
        {"account_id": "closed", "occurred_at": "2023-12-02T10:00:00Z"},
        *("account_id", "closed"),
    ),
    # the account came in a later load than its event
    ("usage_events", {"account_id": "came_later"}, "account_id", "came_later"),
]


def case_file(table: str, name: str, number: int) -> str:
    return f"{table}.{name}_{number}.csv"


def land_cases(zone: RawZone) -> None:
    for name, cases in (("bad", BAD_ROWS), ("value", BAD_VALUES), ("good", GOOD_ROWS)):
        for number, (table, changes, *_) in enumerate(cases):
            own = {CASE_KEY[table]: f"{name}_{number}"}
            values = {**good(table), **own, **changes}
            zone.land(table, 1, case_file(table, name, number), **values)


# --- a state table from load to load: what each load holds of a key, and what becomes of it.
# Expected: load → (disposition, known from, known until, valid from, valid until).
# Arrivals on 1 March, 1 April and 1 May count from 25 January, 25 February and 27 March; what a
# state lacks was there until that load.

ALWAYS = date(1900, 1, 1)
MARCH, APRIL, MAY = date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1)
KNOWN_MARCH, KNOWN_APRIL, KNOWN_MAY = date(2025, 1, 25), date(2025, 2, 25), date(2025, 3, 27)
NO_NAME = {"name": None}
GONE = {"is_deleted": "true"}


def staff(team: str, **changes: str | None) -> dict[str, str | None]:
    return {"name": "Sam", "team": team, **changes}


A, B, C = staff("a"), staff("b"), staff("c")
STATE_HISTORIES = {
    "unchanged": (
        {1: A, 2: A, 3: A, 4: A},
        {1: ("accepted", ALWAYS, None, ALWAYS, None), 2: "duplicate", 4: "duplicate"},
    ),
    "changed": (
        {1: A, 2: A, 3: B, 4: B},
        {
            1: ("superseded", ALWAYS, KNOWN_APRIL, ALWAYS, APRIL),
            2: "duplicate",
            3: ("accepted", KNOWN_APRIL, None, APRIL, None),
            4: "duplicate",
        },
    ),
    "changed_and_changed_back": (
        {1: A, 2: B, 3: B, 4: A},
        {
            1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH),
            2: ("superseded", KNOWN_MARCH, KNOWN_MAY, MARCH, MAY),
            3: "duplicate",
            4: ("accepted", KNOWN_MAY, None, MAY, None),
        },
    ),
    "new": (
        {3: A, 4: A},
        {3: ("accepted", KNOWN_APRIL, None, ALWAYS, None), 4: "duplicate"},
    ),
    "gone": (
        {1: A, 2: A},
        {1: ("deleted", ALWAYS, APRIL, ALWAYS, APRIL), 2: "duplicate"},
    ),
    # back since 1 April, known for dates from 25 February
    "gone_and_back": (
        {1: A, 3: A, 4: A},
        {
            1: ("deleted", ALWAYS, KNOWN_APRIL, ALWAYS, MARCH),
            3: ("accepted", KNOWN_APRIL, None, APRIL, None),
            4: "duplicate",
        },
    ),
    "changed_then_gone": (
        {1: A, 2: B},
        {
            1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH),
            2: ("deleted", KNOWN_MARCH, APRIL, MARCH, APRIL),
        },
    ),
    # what is bad changes nothing, and deletes nothing; once mended it is superseded
    "bad_in_between": (
        {1: A, 2: NO_NAME, 3: A, 4: A},
        {
            1: ("accepted", ALWAYS, None, ALWAYS, None),
            2: "superseded",
            3: "duplicate",
            4: "duplicate",
        },
    ),
    "bad_then_gone": (
        {1: A, 2: NO_NAME},
        {1: ("deleted", ALWAYS, APRIL, ALWAYS, APRIL), 2: "quarantined"},
    ),
    "bad_then_gone_and_back": (
        {1: A, 2: NO_NAME, 4: A},
        {
            1: ("deleted", ALWAYS, KNOWN_MAY, ALWAYS, APRIL),
            2: "superseded",
            4: ("accepted", KNOWN_MAY, None, MAY, None),
        },
    ),
    "bad_then_good": (
        {1: NO_NAME, 2: A, 3: A, 4: A},
        {1: "superseded", 2: ("accepted", KNOWN_MARCH, None, ALWAYS, None), 3: "duplicate"},
    ),
    "said_to_be_deleted": (
        {1: A, 2: A | GONE, 3: A | GONE, 4: A | GONE},
        {1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH), 2: "deleted", 4: "deleted"},
    ),
    "said_to_be_deleted_then_back": (
        {1: A, 2: A | GONE, 3: A, 4: A},
        {
            1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH),
            2: "deleted",
            3: ("accepted", KNOWN_APRIL, None, APRIL, None),
        },
    ),
    # 00:30 on 10 February in Berlin is 9 February in UTC: 5 January and 35 days
    "arrived_earlier_than_its_load": (
        {1: A, 2: B | {"arrived_at": "2025-02-10T00:30:00"}, 3: B, 4: B},
        {
            1: ("superseded", ALWAYS, date(2025, 1, 5), ALWAYS, date(2025, 2, 9)),
            2: ("accepted", date(2025, 1, 5), None, date(2025, 2, 9), None),
            3: "duplicate",
        },
    ),
    # the newest arrived before the one that it replaces, which then never stood
    "arrived_out_of_order": (
        {1: A, 2: B, 3: C | {"arrived_at": "2025-02-20T12:00:00Z"}, 4: C},
        {
            1: ("superseded", ALWAYS, date(2025, 1, 16), ALWAYS, date(2025, 2, 20)),
            2: ("superseded", KNOWN_MARCH, date(2025, 1, 16), MARCH, date(2025, 2, 20)),
            3: ("accepted", date(2025, 1, 16), None, date(2025, 2, 20), None),
            4: "duplicate",
        },
    ),
    "updated_earlier_than_known": (
        {
            1: A | {"updated_at": "2025-01-04"},
            2: B | {"updated_at": "2025-01-02"},
            3: B | {"updated_at": "2025-01-02"},
            4: A | {"updated_at": "2025-01-04"},
        },
        {
            1: ("accepted", ALWAYS, None, ALWAYS, None),
            2: "superseded",
            3: "superseded",
            4: "duplicate",
        },
    ),
    # the same content, updated again, shuts out what was updated in between
    "updated_before_an_unchanged_row": (
        {
            1: A | {"updated_at": "2025-01-04"},
            2: A | {"updated_at": "2025-02-20"},
            3: B | {"updated_at": "2025-02-10"},
            4: A | {"updated_at": "2025-02-20"},
        },
        {1: ("accepted", ALWAYS, None, ALWAYS, None), 2: "duplicate", 3: "superseded"},
    ),
    "updated_later": (
        {
            1: A | {"updated_at": "2025-01-04"},
            2: B | {"updated_at": "2025-02-04"},
            3: B | {"updated_at": "2025-02-04"},
            4: B | {"updated_at": "2025-02-04"},
        },
        {
            1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH),
            2: ("accepted", KNOWN_MARCH, None, MARCH, None),
        },
    ),
    "updated_who_knows_when": (
        {1: A | {"updated_at": "2025-01-04"}, 2: B, 3: B, 4: B},
        {
            1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH),
            2: ("accepted", KNOWN_MARCH, None, MARCH, None),
        },
    ),
}

# --- an append table: later loads bring more, and sometimes again or better
LATER = "2025-02-20T10:00:00Z"
APPEND_HISTORIES = {
    "once": ({1: {}}, {1: ("accepted", ALWAYS, None, ALWAYS, None)}),
    "in_a_later_load": (
        {2: {"occurred_at": LATER}},
        {2: ("accepted", KNOWN_MARCH, None, ALWAYS, None)},
    ),
    "again_in_a_later_load": (
        {1: {}, 3: {}},
        {1: ("accepted", ALWAYS, None, ALWAYS, None), 3: "duplicate"},
    ),
    "corrected": (
        {1: {}, 2: {"quantity": "2"}},
        {
            1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH),
            2: ("accepted", KNOWN_MARCH, None, MARCH, None),
        },
    ),
    "bad_in_a_later_load": (
        {1: {}, 2: {"occurred_at": "soon"}},
        {1: ("accepted", ALWAYS, None, ALWAYS, None), 2: "quarantined"},
    ),
    # a row without a value that could not be read is the newest all the same
    "bad_value_in_a_later_load": (
        {1: {}, 2: {"quantity": "NaN"}},
        {
            1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH),
            2: ("accepted", KNOWN_MARCH, None, MARCH, None),
        },
    ),
    "bad_value_mended": (
        {1: {"quantity": "NaN"}, 2: {"quantity": "2"}},
        {
            1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH),
            2: ("accepted", KNOWN_MARCH, None, MARCH, None),
        },
    ),
    "bad_value_again": (
        {1: {"quantity": "NaN"}, 2: {"quantity": "NaN"}},
        {1: ("accepted", ALWAYS, None, ALWAYS, None), 2: "duplicate"},
    ),
    "deleted": (
        {1: {}, 2: GONE},
        {1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH), 2: "deleted"},
    ),
    # who deletes gives the key and nothing else
    "deleted_by_its_key": (
        {1: {}, 2: {**GONE, "account_id": None, "action": None, "occurred_at": None}},
        {1: ("superseded", ALWAYS, KNOWN_MARCH, ALWAYS, MARCH), 2: "deleted"},
    ),
    "deleted_before_it_came": ({1: GONE}, {1: "deleted"}),
    # 00:30 in Berlin is the day before in UTC
    "arrived_when_its_source_says": (
        {1: {"arrived_at": "2025-01-05T00:30:00"}},
        {1: ("accepted", date(2024, 11, 30), None, ALWAYS, None)},
    ),
}


def land_histories(zone: RawZone) -> None:
    for key, (loads, _) in STATE_HISTORIES.items():
        for load, values in loads.items():
            zone.land("staff", load, staff_id=key, **values)
    for key, (loads, _) in APPEND_HISTORIES.items():
        for load, values in loads.items():
            event = good("usage_events", event_id=key, **values)
            zone.land("usage_events", load, f"usage_events.{load}.csv", **event)


# --- the same key more than once in a load: rows, then what becomes of each

OLD, NEW = {"updated_at": "2025-01-03"}, {"updated_at": "2025-01-04"}
ONE, TWO = {"quantity": "1"}, {"quantity": "2"}
REPEATED = {
    "same_twice": ([ONE, ONE], ["accepted", "duplicate"]),
    "newer_update": ([TWO | OLD, ONE | NEW], ["superseded", "accepted"]),
    "one_without_update": ([TWO, ONE | OLD], ["superseded", "accepted"]),
    "no_update": ([ONE, TWO], None),
    "same_content_newer_update": ([ONE | OLD, ONE | NEW], ["duplicate", "accepted"]),
    "three": ([ONE | NEW, TWO | OLD, ONE | NEW], ["accepted", "superseded", "duplicate"]),
    "one_is_bad": ([{"occurred_at": "soon"} | NEW, ONE | OLD], ["quarantined", "accepted"]),
    "one_deletes": ([ONE, GONE], ["superseded", "deleted"]),
    "one_deletes_what_two_says": ([TWO, GONE | TWO], ["superseded", "deleted"]),
    "updated_after_its_deletion": ([ONE | NEW, GONE | OLD], ["accepted", "superseded"]),
    "text_that_looks_like_two": (
        [{"user_id": "a1|b", "module": "c"} | NEW, {"user_id": "a", "module": "b1|c"} | OLD],
        ["accepted", "superseded"],
    ),
    "same_but_arrived_later": (
        [{"arrived_at": "2025-01-04T12:00:00Z"}, {"arrived_at": "2025-01-03T12:00:00Z"}],
        ["duplicate", "accepted"],
    ),
}


def land_repeated(zone: RawZone) -> None:
    for key, (rows, _) in REPEATED.items():
        for number, values in enumerate(rows):
            event = good("usage_events", event_id=key, **values)
            zone.land("usage_events", 1, f"usage_events.{key}_{number}.csv", **event)


# --- aggregates whose key may be null: (user, module, events, updated)

USAGE_DAILY = {
    "nobody_nowhere": (None, None, "10", "2025-01-03"),
    "nobody_nowhere_again": (None, None, "11", "2025-01-04"),
    "nobody_somewhere": (None, "mail", "12", None),
    "somebody_nowhere": ("u", None, "13", None),
    "bar_in_user": ("x|y", None, "14", None),
    "bar_in_module": ("x", "y|", "15", None),
}


@pytest.fixture(scope="module")
def zone() -> RawZone:
    listed = {"tickets.priority": {"critical": "urgent"}}
    zone = RawZone(LOADS, RUN_DATE, time_zone="Europe/Berlin", listed=listed)
    zone.land("accounts", 1, account_id="acme", name="Acme")
    zone.land(
        "accounts",
        1,
        account_id="closed",
        name="Closed",
        created_at="2024-01-01",
        closed_at="2024-12-01",
    )
    zone.land("accounts", 1, account_id="bad", name=None)
    land_cases(zone)
    for row in [row for row in zone.rows if row.table == "accounts"]:
        zone.land("accounts", 2, row.file, **row.values)
    zone.land("accounts", 2, account_id="came_later", name="Came later")
    land_histories(zone)
    land_repeated(zone)
    for key, (user_id, module, events, updated_at) in USAGE_DAILY.items():
        row = {"user_id": user_id, "module": module, "events": events, "updated_at": updated_at}
        zone.land("usage_daily", 1, f"usage_daily.{key}.csv", **good("usage_daily", **row))
    several = {"due_on": "30.06.2025", "amount": "-10", "paid_on": FUTURE_DAY}
    zone.land("invoices", 1, **good("invoices", invoice_id="several", **several))
    zone.malformed.append(("tickets", "tickets.csv", 17, 1, "9 columns, 15 expected"))
    return zone


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> StagingProject:
    silence_telemetry()
    return StagingProject(tmp_path_factory.mktemp("dbt"))


@pytest.fixture(scope="module")
def built(zone, project, tmp_path_factory):
    """The build file and the results of `dbt build --select staging`."""
    build_file = zone.write(tmp_path_factory.mktemp("build"))
    return build_file, project.run("build", build_file)


@pytest.fixture(scope="module")
def staged(built):
    with reading(built[0]) as connection:
        yield connection


def rows_of(table: str) -> str:
    """SQL: every landed row of a table, with what became of it; without a history it stands."""
    days = ("known_from", "known_until", "valid_from", "valid_until")
    return (
        "(select landed.*, coalesce(history.disposition, 'accepted') as disposition, "
        "coalesce(history.is_version, true) as is_version, history.faults, "
        + ", ".join(f"coalesce(history.{day}, versions.{day}) as {day}" for day in days)
        + f" from staging.stg_{table}__rows as landed "
        f"left join staging.stg_row_history as history on history.table_name = '{table}' "
        "and landed.load_number = history.load_number and landed.file_name = history.file_name "
        "and landed.line_number = history.line_number "
        f"left join staging.stg_{table} as versions on history.row_key is null "
        "and landed.load_number = versions.load_number and landed.row_key = versions.row_key)"
    )


def one_row(staged, table: str, file: str) -> dict:
    [row] = records(
        staged, f"select * from {rows_of(table)} where file_name = ? and load_number = 1", file
    )
    return row


def names_of(cases: list) -> list[str]:
    """Short names for parametrised cases: the table, what was changed, a number."""
    return [f"{number}-{case[0]}-{'-'.join(case[1])}" for number, case in enumerate(cases)]


@pytest.mark.parametrize("number", range(len(BAD_ROWS)), ids=names_of(BAD_ROWS))
def test_bad_row_is_set_aside_with_its_rule(staged, number):
    table, _, rule, column, value = BAD_ROWS[number]
    row = one_row(staged, table, case_file(table, "bad", number))
    assert (row["disposition"], row["is_version"]) == ("quarantined", False)
    assert row["faults"].split("\n")[0] == in_words(rule, column, "row", value)


@pytest.mark.parametrize("number", range(len(BAD_VALUES)), ids=names_of(BAD_VALUES))
def test_bad_value_is_emptied_and_its_row_stands(staged, number):
    table, _, rule, column, value = BAD_VALUES[number]
    file = case_file(table, "value", number)
    row = one_row(staged, table, file)
    assert (row["disposition"], row["is_version"]) == ("accepted", True)
    assert row["faults"] == in_words(rule, column, "value", value)
    if column in ("arrived_at", "is_deleted"):
        assert (row["own_arrived_at"], row["is_tombstone"]) == (None, False)
        return
    [version] = records(
        staged, f"select * from staging.stg_{table} where row_key = ?", row["row_key"]
    )
    assert row[column] is None and version.get(column) is None


def in_words(rule: str, column: str, of_what: str, value: str | None) -> str:
    """A fault as the history has it."""
    return f"{rule}|{column}|{of_what}|" + ("" if value is None else f"={value}")


@pytest.mark.parametrize("number", range(len(GOOD_ROWS)), ids=names_of(GOOD_ROWS))
def test_good_row_stands_with_its_value(staged, number):
    table, _, column, value = GOOD_ROWS[number]
    row = one_row(staged, table, case_file(table, "good", number))
    assert (row["disposition"], row["faults"]) == ("accepted", None)
    assert row[column] == value
    assert type(row[column]) is type(value)


def test_every_fault_is_listed_once(staged):
    listed = Counter(
        (row["source_table"], row["rule"], row["column_name"], row["shown_value"])
        for row in records(staged, "select * from staging.stg_quarantine where load_number = 1")
    )
    cases = [(table, *fault) for table, _, *fault in BAD_ROWS + BAD_VALUES]
    assert Counter(cases) <= listed
    counted = records(
        staged,
        "select source_table, bool_and(is_value_only) as is_value_only from staging.stg_quarantine "
        "group by source_table, row_key, load_number",
    )
    rows = Counter((row["source_table"], row["is_value_only"]) for row in counted)
    for row in records(staged, "select * from staging.stg_reconciliation"):
        table = row["source_table"]
        assert row["quarantined_count"] == rows[table, False], table
        # bad_value_again lies in two loads, bad_value_mended in none any more
        assert row["value_only_count"] == rows[table, True], table


def test_all_faults_of_a_row_are_listed(staged):
    found = records(
        staged,
        "select column_name, rule, is_value_only from staging.stg_quarantine "
        "where source_table = 'invoices' and row_key = 'several' order by all",
    )
    assert [tuple(row.values()) for row in found] == [
        ("amount", "negative_amount", False),
        ("due_on", "unreadable_date", False),
        ("paid_on", "in_the_future", True),
    ]


def test_a_mended_value_is_listed_no_more(staged):
    found = records(
        staged,
        "select row_key, load_number from staging.stg_quarantine "
        "where source_table = 'usage_events' and row_key like 'bad_value_%' order by all",
    )
    assert [tuple(row.values()) for row in found] == [
        ("bad_value_again", 1),
        ("bad_value_again", 2),
        ("bad_value_in_a_later_load", 2),
    ]


def test_unlisted_values_are_counted_by_load(staged):
    found = records(
        staged,
        "select load_number, landed_value, row_count from staging.stg_unlisted_values "
        "where table_name = 'tickets' and column_name = 'priority' order by landed_value",
    )
    assert [tuple(row.values()) for row in found] == [(1, "blocker", 1), (1, "task", 1)]
    others = records(
        staged, "select other_count from staging.stg_reconciliation where source_table = 'tickets'"
    )
    assert others == [{"other_count": 3}]  # two priorities and a kind


def test_line_that_no_reader_could_split_is_listed_and_counted(staged):
    [row] = records(staged, "select * from staging.stg_quarantine where rule = 'malformed_line'")
    assert row["source_table"] == "tickets"
    assert row["row_key"] == "tickets.csv:17"
    assert row["shown_value"] == "9 columns, 15 expected"
    assert row["loaded_at"] == LOADS[1]


def test_every_landed_row_is_accounted_for(staged, zone):
    landed = Counter(row.table for row in zone.rows)
    landed["tickets"] += 1  # the malformed line
    rows = records(staged, "select * from staging.stg_reconciliation")
    assert [row["source_table"] for row in rows if row["source_table"] in landed]
    assert {row["source_table"] for row in rows} == set(raw_tables())
    for row in rows:
        became = [row[f"{name}_count"] for name in ("accepted", "quarantined", "duplicate")]
        became += [row["superseded_count"], row["deleted_count"]]
        assert sum(became) == row["row_count"] == landed[row["source_table"]], row


def assert_history(staged, table: str, key: str, expected: dict) -> None:
    rows = {
        row["load_number"]: row
        for row in records(staged, f"select * from {rows_of(table)} where row_key = ?", key)
    }
    for load, became in expected.items():
        row = rows[load]
        if isinstance(became, str):
            assert (row["disposition"], row["is_version"]) == (became, False)
            continue
        days = ("known_from", "known_until", "valid_from", "valid_until")
        assert (row["disposition"], *(row[day] for day in days)) == became
        assert row["is_version"]
    versions = [load for load, became in expected.items() if not isinstance(became, str)]
    current = {load for load in versions if expected[load][0] == "accepted"}
    staged_versions = records(
        staged, f"select is_current from staging.stg_{table} where row_key = ?", key
    )
    assert sorted(row["is_current"] for row in staged_versions) == sorted(
        load in current for load in versions
    )


@pytest.mark.parametrize("key", STATE_HISTORIES)
def test_state_row_from_load_to_load(staged, key):
    assert_history(staged, "staff", key, STATE_HISTORIES[key][1])


@pytest.mark.parametrize("key", APPEND_HISTORIES)
def test_append_row_from_load_to_load(staged, key):
    assert_history(staged, "usage_events", key, APPEND_HISTORIES[key][1])


@pytest.mark.parametrize("key", REPEATED)
def test_key_that_comes_twice_in_a_load(staged, key):
    rows = records(
        staged,
        f"select disposition from {rows_of('usage_events')} where row_key = ? order by file_name",
        key,
    )
    became = [row["disposition"] for row in rows]
    if expected := REPEATED[key][1]:
        assert became == expected
    else:
        assert sorted(became) == ["accepted", "superseded"]


@pytest.mark.parametrize(
    ("key", "arrived_at"),
    [
        ("once", datetime(2025, 1, 2, 10)),  # in the very first load: when it happened
        ("in_a_later_load", LOADS[2]),
        ("arrived_when_its_source_says", datetime(2025, 1, 4, 23, 30)),
        ("same_but_arrived_later", datetime(2025, 1, 3, 12)),
    ],
)
def test_arrival(staged, key, arrived_at):
    [row] = records(staged, "select * from staging.stg_usage_events where event_id = ?", key)
    assert row["arrived_at"] == arrived_at


@pytest.mark.parametrize(
    ("key", "load", "is_late"),
    [
        ("once", 1, False),
        ("in_a_later_load", 2, False),  # 9 days
        ("corrected", 2, True),  # 58 days
    ],
)
def test_row_is_late_from_the_36th_day(staged, key, load, is_late):
    [row] = records(
        staged,
        "select is_late from staging.stg_usage_events where row_key = ? and load_number = ?",
        *(key, load),
    )
    assert row["is_late"] is is_late


def test_aggregates_without_user_or_module_have_keys_of_their_own(staged):
    rows = records(staged, f"select file_name, disposition, events from {rows_of('usage_daily')}")
    became = {row["file_name"].split(".")[1]: row["disposition"] for row in rows}
    assert {key: became[key] for key in USAGE_DAILY} == {
        "nobody_nowhere": "superseded",
        "nobody_nowhere_again": "accepted",
        "nobody_somewhere": "accepted",
        "somebody_nowhere": "accepted",
        "bar_in_user": "accepted",
        "bar_in_module": "accepted",
    }


def test_table_that_never_came_has_no_versions_and_no_counts(staged):
    [row] = records(
        staged, "select * from staging.stg_reconciliation where source_table = 'account_events'"
    )
    assert {value for name, value in row.items() if name.endswith("_count")} == {0}
    assert records(staged, "select * from staging.stg_account_events") == []


def test_order_of_files_and_rows_changes_nothing(staged, zone, project, tmp_path):
    build_file = zone.in_opposite_order().write(tmp_path)
    project.run("run", build_file)
    with reading(build_file) as opposite:
        for table in raw_tables():
            # only a row without a key has its place for one, and no such row is a version
            sql = f"select * from staging.stg_{table} order by all"
            assert records(opposite, sql) == records(staged, sql), table
        sql = "select * from staging.stg_reconciliation order by source_table"
        assert records(opposite, sql) == records(staged, sql)


# --- the data tests can fail

BROKEN = {
    "stg_row_history_knows_one_version_per_date": (
        "update staging.stg_row_history set known_until = null "
        "where table_name = 'staff' and row_key = 'changed'",
        [{"row_key": "changed", "known_from": ALWAYS, "next_starts_on": KNOWN_APRIL}],
    ),
    "stg_row_history_has_one_version_in_force_per_day": (
        "insert into staging.stg_row_history select * from staging.stg_row_history "
        "where table_name = 'staff' and row_key = 'changed' and load_number = 1",
        [{"row_key": "changed", "valid_from": ALWAYS, "next_starts_on": ALWAYS}],
    ),
    "stg_row_history_key_is_unique": (
        "insert into staging.stg_row_history select * from staging.stg_row_history "
        "where table_name = 'staff' and row_key = 'changed' and load_number = 1",
        [{"load_number": 1, "file_name": "staff.csv", "row_count": 2}],
    ),
    "stg_reconciliation_every_row_is_accounted_for": (
        "delete from staging.stg_load_totals where table_name = 'invoices'",
        [{"source_table": "invoices"}],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_data_test_finds_what_it_is_for(built, tmp_path, name):
    build_file, results = built
    sql = next(item.node.compiled_code for item in results if item.node.name == name)
    copy = copied(build_file, tmp_path)
    breaking, expected = BROKEN[name]
    with duckdb.connect(str(copy)) as connection:
        attach(connection, copy)
        connection.execute(breaking)
        found = records(connection, sql)
    assert [
        {column: row[column] for column in wanted}
        for row, wanted in zip(found, expected, strict=True)
    ] == expected


def test_columns_are_described_with_the_same_words_everywhere(built, project):
    nodes = json.loads((project.folder / "target" / "manifest.json").read_text())
    described = {
        (node["name"], column["name"]): column["description"]
        for node in [*nodes["sources"].values(), *nodes["nodes"].values()]
        if "staging" in node["fqn"]
        for column in node["columns"].values()
    }
    for table, spec in raw_tables().items():
        for column in spec.columns:
            words = described[table, column.name]
            assert words
            staged_name = {"check": "check_name"}.get(column.name, column.name)
            for model in (f"stg_{table}", f"stg_{table}__rows"):
                assert described[model, staged_name] == words, (model, staged_name)


def test_every_staged_column_is_described(staged, project):
    nodes = json.loads((project.folder / "target" / "manifest.json").read_text())["nodes"]
    for node in nodes.values():
        if node["resource_type"] != "model" or "staging" not in node["fqn"]:
            continue
        assert node["description"].startswith("One row per"), node["name"]
        columns = [
            row["column_name"] for row in records(staged, f"describe staging.{node['name']}")
        ]
        assert columns == list(node["columns"]), node["name"]
        assert all(column["description"] for column in node["columns"].values()), node["name"]
