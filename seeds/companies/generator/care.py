"""Tickets, surveys, interactions and the judgements of CSMs: how the customer feels."""

from datetime import timedelta

from . import history, words
from .account import Account

HOURS_TO_DUE = {"low": 120, "normal": 72, "high": 24, "urgent": 8}
TITLES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7), "relationship": (0, 10)}


def moments(rng, account: Account, per_month: float):
    """Moments within the account's story, so many a month on average, in working hours."""
    day = account.first_day
    while day <= account.last_day:
        if rng.random() < per_month / 30:
            yield history.at(day, rng.randint(7, 16), rng.randint(0, 59))
        day += timedelta(days=1)


def add_tickets(company, account: Account, per_month: float, problems: list[str]) -> None:
    """Questions, bugs and feature requests; the ill have more, and wait longer."""
    rng = account.random("tickets")
    ill = 1 - account.health_on(history.add_months(history.START, 6))
    people = list(account.contacts) or [None]
    for number, opened in enumerate(moments(rng, account, per_month * (0.6 + ill)), start=1):
        health = account.health_on(opened.date())
        kind = rng.choices(["question", "bug", "feature_request"], [55, 28, 17])[0]
        priority = rng.choices(list(HOURS_TO_DUE), [20, 55, 18, 7])[0]
        responded = opened + timedelta(minutes=rng.randint(10, 600 if health > 0.5 else 2400))
        quick = rng.random() < 0.35 + 0.5 * health
        hours = rng.randint(2, 23) if quick else rng.randint(25, 900)
        if kind == "feature_request":
            hours = rng.randint(600, 6000)
        solved = responded + timedelta(hours=hours)
        reopened = None
        if kind == "bug" and rng.random() < 0.12:
            reopened = solved - timedelta(hours=max(1, hours // 2))
        is_solved = solved.date() <= min(history.END, account.last_day) and rng.random() < 0.97
        rated = is_solved and rng.random() < 0.4
        reopened = reopened if reopened and reopened.date() <= history.END else None
        company.add_state(
            "tickets",
            opened.date(),
            ticket_id=f"t-{account.account_id}-{number:03}",
            account_id=account.account_id,
            contact_id=rng.choice(people),
            problem_id=rng.choice(problems) if kind == "bug" and rng.random() < 0.4 else None,
            kind=kind,
            priority=priority,
            status="solved" if is_solved else "open",
            opened_at=opened,
            due_at=opened + timedelta(hours=HOURS_TO_DUE[priority]),
            first_responded_at=responded if responded.date() <= history.END else None,
            solved_at=solved if is_solved else None,
            reopened_at=reopened,
            satisfaction=answer(rng, health, 1, 5) if rated else None,
            satisfaction_max=5 if rated else None,
            is_churn_risk=rng.random() < 0.5 * (1 - health) if kind == "feature_request" else None,
        )


def answer(rng, health: float, low: int, high: int) -> int:
    """An answer on a scale: health and a good deal of chance."""
    share = 0.15 + 0.85 * health + (rng.random() + rng.random() - 1) * 0.4
    return round(low + min(1.0, max(0.0, share)) * (high - low))


def add_surveys(company, account: Account, rounds: dict[str, int]) -> None:
    """Survey rounds: survey → days between two of them; asked of each contact, half answer more."""
    rng = account.random("surveys")
    number = 0
    for survey, gap in rounds.items():
        low, high = TITLES[survey]
        day = account.first_day + timedelta(days=rng.randint(3, gap))
        while day <= account.last_day:
            for contact_id, role in account.contacts.items():
                if survey == "relationship" and role not in ("decision_maker", "sponsor"):
                    continue
                number += 1
                sent = history.at(day, rng.randint(7, 15), rng.randint(0, 59))
                responded = sent + timedelta(hours=rng.randint(1, 200))
                health = account.health_on(day)
                often = 0.9 if role == "decision_maker" else 0.45 + 0.35 * health
                answers = rng.random() < often and responded.date() <= history.END
                score = answer(rng, health, low, high)
                note = words.comment(rng, (score - low) / (high - low))
                company.add_event(
                    "survey_responses",
                    responded.date() if answers else day,
                    response_id=f"r-{account.account_id}-{number:03}",
                    account_id=account.account_id,
                    contact_id=contact_id,
                    survey=survey,
                    sent_at=sent,
                    responded_at=responded if answers else None,
                    score=score if answers else None,
                    scale_min=low,
                    scale_max=high,
                    comment=note if answers else None,
                )
            day += timedelta(days=gap)


def add_interactions(company, account: Account, per_month: float, reviews_every: int) -> None:
    """E-mails, calls and meetings, and executive reviews every so many days (0 = none)."""
    rng = account.random("interactions")
    people = list(account.contacts) or [None]
    plan = [(moment, None) for moment in moments(rng, account, per_month)]
    if reviews_every:
        day = account.first_day + timedelta(days=rng.randint(10, reviews_every))
        while day <= account.last_day:
            plan.append((history.at(day, 10), "executive_review"))
            day += timedelta(days=reviews_every)
    for number, (moment, fixed) in enumerate(plan, start=1):
        health = account.health_on(moment.date())
        kind = fixed or rng.choices(["email", "call", "meeting"], [45, 25, 30])[0]
        held = rng.random() < 0.45 + 0.5 * health
        outcome = (
            "held" if held else rng.choice(["declined", "no_answer", "no_answer", "cancelled"])
        )
        company.add_event(
            "interactions",
            moment.date(),
            interaction_id=f"n-{account.account_id}-{number:03}",
            account_id=account.account_id,
            contact_id=rng.choice(people),
            csm_id=account.csm_id,
            kind=kind,
            planned_at=None if kind == "email" and held else moment,
            occurred_at=f"{moment + timedelta(hours=2):%Y-%m-%dT%H:%M:%S}+02:00" if held else None,
            outcome=outcome,
            is_two_way=(kind != "email" or rng.random() < 0.6) if held else None,
        )


def add_assessments(company, account: Account, every: int) -> None:
    """The CSM's rating of the relationship every so many days, and a rating of maturity a year."""
    rng = account.random("assessments")
    day = account.first_day + timedelta(days=rng.randint(2, every))
    number = 0
    while day <= account.last_day:
        number += 1
        add_assessment(company, account, number, "relationship_rating", day, score_of=10,
                       score=answer(rng, account.health_on(day), 0, 10),
                       reason="Regular rating")  # fmt: skip
        if number == 2:
            mature = "mature" if rng.random() < 0.6 else "immature"
            add_assessment(company, account, 90, "maturity", day, rating=mature,
                           reason="Yearly review of the success plan")  # fmt: skip
        day += timedelta(days=every)


def add_assessment(
    company, account, number, kind, day, score=None, score_of=None, rating=None, module=None,
    band=None, reason="", expires=None, cleared=None,
) -> None:  # fmt: skip
    """One judgement, flag or override by the account's CSM."""
    company.add_event(
        "csm_assessments",
        day,
        assessment_id=f"a-{account.account_id}-{number:02}",
        account_id=account.account_id,
        kind=kind,
        module=module,
        rating=rating,
        score=score,
        scale_max=score_of,
        band=band,
        reason=reason,
        author=account.csm_id,
        assessed_at=history.at(day, 12),
        expires_at=history.at(expires, 12) if expires else None,
        cleared_at=history.at(cleared, 12) if cleared else None,
    )
