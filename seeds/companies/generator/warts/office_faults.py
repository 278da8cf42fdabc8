"""What goes wrong in the tables of the office software company."""

from datetime import date

from .. import words
from . import again, delay

FIRST_LOAD, AUTUMN, NOVEMBER, DECEMBER, JANUARY, LAST = range(6)


def delay_some(company) -> None:
    """Events that arrive late: some within 35 days of their day, some too late to count."""
    delay(company, "usage_events", JANUARY, LAST, 12, before=None)
    delay(company, "usage_events", AUTUMN, DECEMBER, 60, before=date(2025, 9, 30))


def add_faults(company) -> None:
    """All faults of the company."""
    add_event_faults(company)
    add_ticket_faults(company)
    add_money_faults(company)
    add_voice_faults(company)
    add_people_faults(company)


def add_event_faults(company) -> None:
    """Use: doubled, corrected, deleted, impossible, orphaned, outside the account's life."""
    events = "usage_events"
    again(company, events, NOVEMBER, [10, 11, 12, 500], into=NOVEMBER)  # doubled in one file
    again(company, events, NOVEMBER, [20, 21], into=DECEMBER)  # the same file sent again
    # corrected within a load: the newest updated_at wins, whatever the order of the rows
    for row in again(company, events, DECEMBER, [30, 31, 32], into=DECEMBER):
        row.update(
            duration_seconds=row["duration_seconds"] + 600, updated_at="2025-12-13T20:00:00Z"
        )
    for place in (30, 31, 32):
        company.batches[events][DECEMBER][place]["updated_at"] = "2025-12-12T20:00:00Z"
    # corrected by a later load, without updated_at: the later load wins
    again(company, events, NOVEMBER, [40, 41], into=JANUARY, duration_seconds=60)
    again(company, events, DECEMBER, [50], into=JANUARY, occurred_at="2025-12-11T09:00:00Z")
    # deleted at the source
    again(company, events, NOVEMBER, [60, 61, 62], into=JANUARY, is_deleted="true")
    # arrived earlier than the load: the source's own arrived_at is believed
    for place in range(70, 90):
        row = company.batches[events][DECEMBER][place]
        row["arrived_at"] = str(row["occurred_at"])[:10] + "T23:30:00Z"
    good = {"account_id": "0001", "user_id": "u-0001-01", "module": "mail",
            "action": "send_message", "occurred_at": "2025-11-20T10:00:00Z",
            "duration_seconds": 600}  # fmt: skip
    faults = [
        {"account_id": "9999"},
        {"account_id": "nobody"},
        {"occurred_at": "2025-13-45T10:00:00Z"},
        {"duration_seconds": "ten minutes"},
        {"duration_seconds": -60},
        {"occurred_at": "2031-01-01T10:00:00Z"},
        {"action": ""},
    ]
    kept = [
        {"module": "telepathy"},
        {"occurred_at": "2025-11-20T11:30:00"},  # without a zone: Berlin, so 10:30 UTC
        {"occurred_at": "2025-11-20T23:30:00-03:00"},  # 21 November in UTC
        {"account_id": "0013", "user_id": "u-0013-01", "occurred_at": "2025-11-25T10:00:00Z"},
        {"account_id": "0026", "user_id": "u-0026-01", "occurred_at": "2025-09-01T10:00:00Z"},
    ]
    for number, changed in enumerate(faults + kept, start=1):
        row = {**good, **changed, "event_id": f"wart-{number:02}"}
        company.add_event(events, date(2025, 11, 20), DECEMBER, **row)
    daily = {"account_id": "0055", "user_id": None, "module": "mail", "period": "day",
             "active_users": 1, "duration_seconds": 600, "quantity": None}  # fmt: skip
    company.add_event("usage_daily", date(2025, 12, 20), used_on="2025-12-20", events=-4, **daily)


def add_ticket_faults(company) -> None:
    """Tickets: an extra column from October, wrong times, unknown words, one twice in a file."""
    for row in company.state["tickets"]:
        if (
            str(row.values["opened_at"])[:10] >= "2025-10-01"
            and "hand" not in row.values["ticket_id"]
        ):
            row.values["channel"] = ["mail", "phone", "portal"][len(row.values["ticket_id"]) % 3]
    good = {"account_id": "0001", "contact_id": None, "kind": "question", "priority": "normal",
            "status": "open", "opened_at": "2025-07-10T09:00:00Z"}  # fmt: skip
    cases = [  # since, the row
        (date(2025, 7, 10), {"ticket_id": "wart-1", "solved_at": "2025-07-09T09:00:00Z"}),
        (date(2025, 7, 10), {"ticket_id": "wart-2", "due_at": "next Tuesday"}),
        (date(2025, 11, 12), {"ticket_id": "wart-3", "account_id": "9999"}),
        (date(2025, 7, 10), {"ticket_id": "wart-4", "priority": "asap", "kind": "praise",
                             "solved_at": "2025-07-10T12:00:00+02:00", "status": "solved"}),
        (date(2025, 7, 10), {"ticket_id": "wart-5", "updated_at": "2025-07-11T09:00:00Z"}),
        (date(2025, 7, 10), {"ticket_id": "wart-5", "updated_at": "2025-07-12T09:00:00Z",
                             "priority": "high", "status": "solved",
                             "solved_at": "2025-07-12T08:00:00Z"}),
        (date(2025, 7, 10), {"ticket_id": "wart-6", "status": "solved",
                             "solved_at": "2025-07-10T15:00:00Z"}),
        (date(2025, 7, 10), {"ticket_id": "wart-6", "status": "solved",
                             "solved_at": "2025-07-10T15:00:00Z"}),
    ]  # fmt: skip
    for since, changed in cases:
        company.add_state("tickets", since, **{**good, **changed})
    deleted = {**good, "ticket_id": "wart-7", "opened_at": "2025-08-01T09:00:00Z"}
    company.add_state("tickets", date(2025, 8, 1), until=date(2026, 1, 1), **deleted)


def add_money_faults(company) -> None:
    """Invoices and contracts: credits are fine, other negative amounts are not."""
    good = {"account_id": "0002", "issued_on": "2025-05-01", "due_on": "2025-05-31",
            "paid_on": "2025-05-20", "amount": "100.00", "amount_paid": "100.00",
            "currency": "EUR", "status": "paid", "kind": "contract"}  # fmt: skip
    for since, changed in [
        (date(2025, 5, 1), {"invoice_id": "wart-1", "due_on": "2025-04-01"}),
        (date(2025, 5, 1), {"invoice_id": "wart-2", "amount": "-100.00"}),
        (date(2025, 11, 15), {"invoice_id": "wart-3", "amount": "12,50 EUR"}),
        (date(2025, 5, 1), {"invoice_id": "credit-1", "amount": "-40.00", "kind": "credit"}),
        (date(2025, 10, 1), {"invoice_id": "credit-2", "amount": "-15.50", "kind": "credit"}),
        (date(2025, 5, 1), {"invoice_id": "wart-4", "kind": "donation"}),
    ]:
        company.add_state("invoices", since, **{**good, **changed})
    company.add_state(
        "subscriptions", date(2025, 10, 10), subscription_id="wart-1", account_id="0002",
        product="office", plan="business", seats=-5, amount="100.00", currency="EUR",
        billing_period="month", started_on="2025-10-10", ends_on="2026-10-09",
    )  # fmt: skip
    company.add_state(
        "business_outcomes", date(2025, 10, 31), account_id="0002", metric="wart",
        period_start="2025-10-01", period_end="2025-10-31", target=10, actual="n/a",
    )  # fmt: skip


def add_voice_faults(company) -> None:
    """Surveys: hard texts, answers off the scale; interactions with unknown words."""
    answered = [
        row
        for batch in company.batches["survey_responses"]
        for row in batch
        if row["score"] and row["contact_id"] and "hand" not in row["response_id"]
    ]
    for place, note in enumerate(words.HARD_COMMENTS):
        answered[place * 37 + 5]["comment"] = note
    good = {"account_id": "0003", "contact_id": None, "survey": "nps",
            "sent_at": "2025-11-18T10:00:00", "responded_at": "2025-11-19T10:00:00",
            "score": 8, "scale_min": 0, "scale_max": 10, "comment": None}  # fmt: skip
    for number, changed in enumerate([
        {"score": 11},
        {"responded_at": "2025-11-17T10:00:00"},
        {"survey": "pulse"},
        {"arrived_at": "2025-11-19T12:00:00Z", "score": 9},
    ], start=1):  # fmt: skip
        company.add_event("survey_responses", date(2025, 11, 19), DECEMBER,
                          **{**good, **changed, "response_id": f"wart-{number}"})  # fmt: skip
    company.add_event(
        "interactions", date(2025, 11, 19), interaction_id="wart-1", account_id="0003",
        contact_id=None, csm_id="csm_1", kind="carrier_pigeon", planned_at="2025-11-19T10:00:00",
        occurred_at=None, outcome="rescheduled", is_two_way=None,
    )  # fmt: skip
    company.add_event(
        "csm_assessments", date(2025, 12, 20), assessment_id="wart-1", account_id="0003",
        kind="score_override", score=90, scale_max=100, reason="For ever", author="csm_1",
        assessed_at="2025-12-20T12:00:00Z", expires_at="2027-01-01T00:00:00Z",
    )  # fmt: skip


def add_people_faults(company) -> None:
    """A role nobody knows, and a user who will be created in the future."""
    company.add_state(
        "contacts", date(2025, 3, 3), contact_id="wart-1", account_id="0004", name="Wes Wizard",
        email="wes.wizard@example.com", role="wizard", started_at="2025-03-03T09:00:00Z",
    )  # fmt: skip
    company.add_state(
        "users", date(2025, 9, 9), user_id="wart-1", account_id="0004", role="member",
        email="future.user@example.org", is_active="true", created_at="2035-01-01T09:00:00",
    )  # fmt: skip
