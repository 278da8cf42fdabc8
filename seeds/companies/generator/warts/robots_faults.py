"""What goes wrong in the tables of the restaurant robots company."""

from datetime import date

from . import again, delay

FIRST_LOAD, AUTUMN, NOVEMBER, DECEMBER, JANUARY, LAST = range(6)


def delay_some(company) -> None:
    """Shifts of robots without a network: some arrive within 35 days, some too late."""
    delay(company, "usage_events", JANUARY, LAST, 15)
    delay(company, "usage_events", AUTUMN, DECEMBER, 70, before=date(2025, 9, 30))


def add_faults(company) -> None:
    """Doubled and corrected shifts, impossible ones, and a ticket of an unknown restaurant."""
    events = "usage_events"
    again(company, events, AUTUMN, [5, 6, 7], into=AUTUMN)
    again(company, events, NOVEMBER, [8, 9], into=DECEMBER, duration_seconds=120)
    again(company, events, NOVEMBER, [15], into=JANUARY, is_deleted="true")
    good = {"account_id": "R001", "user_id": None, "module": "serving", "action": "serve_table",
            "occurred_at": "2025-11-20T18:00:00Z", "duration_seconds": 3600,
            "unit_id": "robot-R001-1"}  # fmt: skip
    for number, changed in enumerate([
        {"account_id": "R999"},
        {"duration_seconds": -3600},
        {"occurred_at": "yesterday"},
        {"module": "dancing"},
        {"occurred_at": "2025-11-20T18:00:00"},  # without a zone: Chicago, so 21 November 00:00 UTC
        {"account_id": "R012", "unit_id": "robot-R012-1", "occurred_at": "2025-12-02T18:00:00Z"},
    ], start=1):  # fmt: skip
        company.add_event(events, date(2025, 11, 20), DECEMBER,
                          **{**good, **changed, "event_id": f"wart-{number}"})  # fmt: skip
    company.add_state(
        "tickets", date(2025, 7, 1), ticket_id="wart-1", account_id="R002", kind="question",
        priority="asap", status="open", opened_at="2025-07-01T12:00:00-05:00",
    )  # fmt: skip
    company.add_event(
        "survey_responses", date(2025, 7, 2), response_id="wart-1", account_id="R002",
        contact_id=None, survey="relationship", sent_at="2025-07-01T12:00:00",
        responded_at="2025-07-02T12:00:00", score=9, scale_min=0, scale_max=10,
        comment="Il robot è \"bravo\";\nl'altro no '; drop table accounts;--",
    )  # fmt: skip
