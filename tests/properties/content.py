"""What rows of each raw table say: one function per table, all values as text as files hold them.

`day` counts from the plan's first Sunday. Ids carry the history's number, written `{h}` until it is
known, so that histories are independent of one another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from tests.properties.pen import Pen

ACTIONS = ("send", "share", "open", "print")
MODULES = ("mail", "drive", "meet", "chat", "assistant", None)
PROBLEMS = ("{h}-p1", "{h}-p2", None)


def account(pen: Pen, key: str, day: int) -> dict:
    peer = pen.is_peer
    return {
        "account_id": key,
        "name": "Account " + key,
        "customer_type": "enterprise" if peer else pen.pick("government", "small_team", "x", None),
        "is_key_account": None if peer else pen.pick(None, "false", "no", "true"),
        "industry": pen.pick("food", "steel", None),
        "region": pen.pick("north", "south", None),
        "employee_count": pen.pick("0", "12", "40", "150", None),
        "annual_value": pen.pick("1000", "12000.50", None),
        "currency": pen.currency(),
        "csm_id": pen.pick("s1", "s2", None),
        # never the other way round: a circle of parents is refused
        "parent_account_id": pen.pick(None, *([None] * 2 if key == "{h}" else ["{h}", None])),
        "created_at": pen.maybe(85, pen.moment(day)),
        "closed_at": pen.maybe(6, pen.moment(pen.number(40, 140))),
    }


def user(pen: Pen, key: str, day: int) -> dict:
    return {
        "user_id": key,
        "account_id": pen.account,
        "email": key + "@example.com",
        "role": pen.pick("member", "admin"),
        "is_active": pen.pick("true", "true", "false", None),
        "created_at": pen.maybe(80, pen.moment(day)),
        "deactivated_at": pen.maybe(20, pen.moment(pen.number(day, 140))),
    }


def contact(pen: Pen, key: str, day: int) -> dict:
    return {
        "contact_id": key,
        "account_id": pen.account,
        "user_id": pen.pick(None, "{h}-u1", "{h}-u2"),
        "name": "Person",
        "role": pen.pick("sponsor", "decision_maker", "key_contact", "user", "helper"),
        "started_at": pen.maybe(70, pen.moment(day)),
        "left_at": pen.maybe(25, pen.moment(pen.number(day, 140))),
        "replaced_by": pen.pick(None, None, "{h}-c1", "{h}-c2"),
    }


def subscription(pen: Pen, key: str, day: int) -> dict:
    start = pen.pick(day, day - 200, day - 365, -30)
    end = start + pen.pick(30, 90, 180, 364, 420)
    decided = pen.chance(25)
    return {
        "subscription_id": key,
        "account_id": pen.account,
        "product": pen.pick("office", "office", "office", "phone", None),
        "plan": pen.pick("basic", "business", "suite", None),
        "seats": pen.pick("0", "1", "5", "20", None),
        "units": pen.pick("0", "2", "10", None),
        "amount": pen.pick("0", "99.90", "1200", "5000"),
        "currency": pen.currency() or "EUR",
        "billing_period": pen.pick("month", "quarter", "year", "Monthly", "decade"),
        "discount_pct": pen.pick(None, "0", "10", "35.5"),
        "started_on": pen.on(start),
        "ends_on": pen.maybe(80, pen.on(end)),
        "cancelled_on": pen.maybe(10, pen.on(pen.number(start, end))),
        "decision": pen.pick("renewed", "churned", "expanded") if decided else None,
        "decided_on": pen.on(pen.number(start, end)) if decided else None,
    }


def usage_event(pen: Pen, key: str, day: int) -> dict:
    return {
        "event_id": key,
        "account_id": pen.account,
        "user_id": pen.pick("{h}-u1", "{h}-u2", "{h}-u3", None),
        "module": pen.pick(*MODULES),
        "action": pen.pick(*ACTIONS),
        "occurred_at": pen.moment(day),
        "duration_seconds": pen.pick(None, "0", "60", "1234.5", "36000"),
        "quantity": pen.pick(None, None, "1", "12.5", "-1", "0"),
        "unit_id": pen.pick(None, "{h}-n1", "{h}-n2"),
    }


def usage_daily(pen: Pen, key: str, day: int) -> dict:
    """The key says which aggregate it is: period, user and module stay with it."""
    kind, user_id, module = key.split("/")
    day = {"week": monday(day), "month": first_of_month(day)}.get(kind, day)
    return {
        "account_id": pen.account,
        "user_id": user_id or None,
        "module": module or None,
        "used_on": pen.on(day),
        "period": None if kind == "day" and pen.chance(30) else kind,
        "events": pen.pick("0", "1", "7", "150"),
        "active_users": None if user_id else pen.pick(None, "0", "3", "12"),
        "duration_seconds": pen.pick(None, "0", "600", "90000"),
        "quantity": pen.pick(None, "3", "-2.5"),
    }


def ticket(pen: Pen, key: str, day: int) -> dict:
    solved = pen.chance(55)
    solved_day = day + pen.pick(0, 1, 3, 20, 60)
    again = solved and pen.chance(20)
    return {
        "ticket_id": key,
        "account_id": pen.account,
        "problem_id": pen.pick("shared-1", "shared-2", None)
        if pen.is_peer
        else pen.pick(*PROBLEMS),
        "kind": pen.pick("question", "bug", "bug", "feature_request", "praise"),
        "priority": pen.pick("low", "normal", "High", "urgent", "p1"),
        "status": "open",
        "opened_at": pen.moment(day, 600),
        "due_at": pen.maybe(50, pen.moment(day + pen.number(0, 9))),
        "first_responded_at": pen.maybe(60, pen.moment(day, 640)),
        "solved_at": pen.moment(solved_day, 700) if solved else None,
        "reopened_at": pen.moment(solved_day + pen.number(0, 30), 900) if again else None,
        "satisfaction": pen.pick("1", "4", "5") if solved and pen.chance(50) else None,
        "satisfaction_max": pen.pick("5", "5", "10", None),
        "is_churn_risk": pen.pick(None, "true", "false"),
    }


def survey_response(pen: Pen, key: str, day: int) -> dict:
    answered = pen.chance(70)
    return {
        "response_id": key,
        "account_id": pen.account,
        "contact_id": pen.pick(None, "{h}-c1", "{h}-c2", "{h}-c3"),
        "survey": pen.pick("nps", "nps", "csat", "relationship", "guess"),
        "sent_at": pen.maybe(85, pen.moment(day, 60)),
        "responded_at": pen.moment(day + pen.pick(0, 0, 1, 12), 90) if answered else None,
        "score": pen.pick("0", "3", "6", "8", "9", "10") if answered else None,
        "scale_min": pen.pick(None, "0"),
        "scale_max": "10",
        "comment": pen.pick(None, "fine", "=1+1", 'two\nlines, "quoted"'),
    }


def invoice(pen: Pen, key: str, day: int) -> dict:
    due = day + pen.pick(0, 14, 30)
    return {
        "invoice_id": key,
        "account_id": pen.account,
        "issued_on": pen.on(day),
        "due_on": pen.on(due),
        "paid_on": pen.maybe(55, pen.on(due + pen.number(-14, 40))),
        "amount": pen.pick("0", "100", "2500.75", "1000000000", "-40"),
        "amount_paid": pen.pick(None, None, "0", "50"),
        "currency": pen.pick("eur", pen.currency() or "EUR", "EUR"),
        "status": pen.pick(None, "open", "paid", "credited", "void", "written_off", "dunned"),
        "kind": pen.pick(None, "contract", "upsell", "beyond_contract", "credit", "credit", "gift"),
        "credits_invoice_id": pen.pick(None, None, None, "{h}-i0", "{h}-i1"),
    }


def interaction(pen: Pen, key: str, day: int) -> dict:
    return {
        "interaction_id": key,
        "account_id": pen.account,
        "csm_id": pen.pick("s1", None),
        "kind": pen.pick("email", "call", "meeting", "executive_review", "lunch"),
        "planned_at": pen.maybe(60, pen.moment(day + pen.pick(0, 0, -5, 9))),
        "occurred_at": pen.maybe(75, pen.moment(day)),
        "outcome": pen.pick("held", "held", "declined", "no_answer", "cancelled", "moved"),
        "is_two_way": pen.pick("true", "true", "false", None),
    }


def csm_assessment(pen: Pen, key: str, day: int) -> dict:
    kind = pen.pick(
        "module_flag", "relationship_rating", "handover_grade", "score_override", "band_override"
    )
    is_override = kind.endswith("override")
    ends = pen.moment(day + pen.number(1, 80)) if is_override or pen.chance(20) else None
    return {
        "assessment_id": key,
        "account_id": pen.account,
        "kind": kind,
        "module": pen.pick("support", "adoption", "commercial") if kind == "module_flag" else None,
        "rating": pen.pick("red", "yellow", "green") if kind == "module_flag" else None,
        "score": None if kind in ("module_flag", "band_override") else pen.pick("1", "4.5", "7"),
        "scale_max": "10",
        "band": pen.pick("unhealthy", "fair", "Healthy") if kind == "band_override" else None,
        "reason": "because",
        "author": "s1",
        "assessed_at": pen.moment(day),
        "expires_at": ends,
        "cleared_at": pen.maybe(12, pen.moment(day + pen.number(1, 40))),
    }


def milestone(pen: Pen, key: str, day: int) -> dict:
    return {
        "account_id": pen.account,
        "milestone": key,
        "due_on": pen.on(day),
        "completed_on": pen.maybe(60, pen.on(day + pen.number(-10, 30))),
    }


def readiness_check(pen: Pen, key: str, day: int) -> dict:
    return {
        "account_id": pen.account,
        "check": key,
        "passed": pen.pick("true", "false", "yes"),
        "checked_on": pen.on(day),
    }


def account_event(pen: Pen, key: str, day: int) -> dict:
    return {
        "event_id": key,
        "account_id": pen.account,
        "kind": pen.pick("financial_distress", "insolvency", "merger", "party"),
        "occurred_on": pen.on(day),
        "resolved_on": pen.maybe(40, pen.on(day + pen.number(0, 40))),
    }


def business_outcome(pen: Pen, key: str, day: int) -> dict:
    start = first_of_month(day)
    return {
        "account_id": pen.account,
        "metric": key,
        "period_start": pen.on(start),
        "period_end": pen.on(first_of_month(start + 31) - 1),
        "target": pen.pick(None, "0", "10", "100"),
        "actual": pen.pick("0", "5", "60", "110.5"),
    }


def cta_action(pen: Pen, key: str, day: int) -> dict:
    return {
        "action_id": key,
        "account_id": pen.account,
        "module": pen.pick(None, "support"),
        "action": pen.pick("open", "snooze", "close"),
        "author": "s1",
        "acted_at": pen.moment(day),
    }


# How each table's things are made, and how many of them a history has at most.
Maker = Callable[[Pen, str, int], dict]
MAKERS: dict[str, tuple[Maker, int]] = {
    "users": (user, 3),
    "contacts": (contact, 3),
    "subscriptions": (subscription, 3),
    "usage_events": (usage_event, 8),
    "usage_daily": (usage_daily, 6),
    "tickets": (ticket, 4),
    "survey_responses": (survey_response, 3),
    "invoices": (invoice, 3),
    "interactions": (interaction, 3),
    "csm_assessments": (csm_assessment, 2),
    "onboarding_milestones": (milestone, 2),
    "readiness_checks": (readiness_check, 2),
    "account_events": (account_event, 1),
    "business_outcomes": (business_outcome, 3),
    "cta_actions": (cta_action, 1),
}
# A column with what makes its row bad; a later version may be good again.
FAULTS: dict[str, tuple[str, str | None]] = {
    "users": ("created_at", "soon"),
    "contacts": ("role", None),
    "subscriptions": ("amount", "-5"),
    "usage_events": ("duration_seconds", "-1"),
    "usage_daily": ("events", "-3"),
    "tickets": ("opened_at", "99/99"),
    "survey_responses": ("score", "11"),
    "invoices": ("due_on", "1999-01-01"),
    "interactions": ("kind", None),
    "csm_assessments": ("author", None),
    "onboarding_milestones": ("due_on", "later"),
    "readiness_checks": ("passed", "perhaps"),
    "account_events": ("occurred_on", "never"),
    "business_outcomes": ("actual", None),
    "cta_actions": ("action", None),
}
# The column that says when the thing happened.
HAPPENED = {
    "users": "created_at",
    "contacts": "started_at",
    "subscriptions": "started_on",
    "usage_events": "occurred_at",
    "usage_daily": "used_on",
    "tickets": "opened_at",
    "survey_responses": "responded_at",
    "invoices": "issued_on",
    "interactions": "occurred_at",
    "csm_assessments": "assessed_at",
    "onboarding_milestones": "completed_on",
    "readiness_checks": "checked_on",
    "account_events": "occurred_on",
    "business_outcomes": "period_end",
    "cta_actions": "acted_at",
}


def monday(day: int) -> int:
    """The Monday on or before the day; day 0 is a Sunday."""
    return day - (day - 1) % 7


def first_of_month(day: int) -> int:
    from tests.properties.plan import FIRST_SUNDAY

    on: date = FIRST_SUNDAY + timedelta(days=day)
    return (on.replace(day=1) - FIRST_SUNDAY).days
