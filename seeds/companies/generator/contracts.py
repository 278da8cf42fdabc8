"""Subscriptions, renewals and invoices."""

from datetime import date, timedelta

from . import history
from .account import Account

DAY = timedelta(days=1)
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def add_contracts(company, account: Account, product: str, growth: dict | None = None) -> None:
    """The chain of subscriptions from the first to the last; sets where the account ends.

    growth: day → (seats, units) bought on top within a term.
    """
    rng = account.random("contracts")
    start, seats, units = account.created, account.seats, account.units
    discount = rng.choice([0, 0, 0, 5, 10, 15, 35])
    number = 1
    while start <= history.END:
        end = history.add_months(start, account.term_months) - DAY
        decision, decided_on = decide(rng, account, end)
        subscription_id = f"s-{account.account_id}-{number}"
        monthly = account.monthly_price * (seats or units or 1)
        amount = monthly * MONTHS[account.billing] * (100 - discount) // 100
        bought = [
            (day, {"seats": seats and seats + more, "units": units and units + more})
            for day, more in (growth or {}).items()
            if start <= day <= end
        ]
        company.add_state(
            "subscriptions",
            start,
            changes=bought,
            subscription_id=subscription_id,
            account_id=account.account_id,
            product=product,
            plan=account.plan,
            seats=seats,
            units=units,
            amount=amount,
            currency=account.currency,
            billing_period=account.billing,
            discount_pct=discount or None,
            started_on=start,
            ends_on=None if account.has_open_end else end,
            cancelled_on=account.cancelled_on,
            decision=None if account.has_open_end else decision,
            decided_on=None if account.has_open_end else decided_on,
        )
        last = min(end, account.cancelled_on or end)
        add_invoices(company, account, subscription_id, start, last, amount)
        for _, changed in bought:
            seats, units = changed["seats"], changed["units"]
        if account.cancelled_on and account.cancelled_on <= end:
            account.contract_until = account.cancelled_on
            return
        if decision == "churned" and not account.has_open_end:
            account.contract_until = end
            closes = end + timedelta(days=rng.randint(2, 20))
            if closes <= history.END and rng.random() < 0.7:
                account.closed_on = closes
            return
        if decision in ("expanded", "contracted"):
            more = 1.3 if decision == "expanded" else 0.75
            seats = seats and max(1, round(seats * more))
            units = units and max(1, round(units * more))
        start, number = end + DAY, number + 1


def decide(rng, account: Account, end: date) -> tuple[str | None, date | None]:
    """What the customer decides at the end of a term: health decides much, chance the rest."""
    decided_on = end - timedelta(days=rng.randint(3, 24))
    chance, second_chance = rng.random(), rng.random()
    if decided_on > history.END:
        return None, None
    if end < history.START:
        return "renewed", decided_on
    health = account.health_on(decided_on - timedelta(days=45))
    if chance < min(0.85, max(0.03, 1.0 - 1.2 * health)):
        return "churned", decided_on
    if health > 0.65 and second_chance < 0.35:
        return "expanded", decided_on
    if health < 0.5 and second_chance < 0.3:
        return "contracted", decided_on
    return "renewed", decided_on


def add_invoices(company, account, subscription_id, start: date, last: date, amount: int) -> None:
    """One invoice for each billing period within the history; the ill pay late or never."""
    rng = account.random(f"invoices {subscription_id}")
    step = MONTHS[account.billing]
    number, issued = 1, start
    while issued <= min(last, history.END):
        if issued >= history.START:
            invoice_id = f"i-{subscription_id[2:]}-{number}"
            add_invoice(company, account, rng, invoice_id, subscription_id, issued, amount)
        extra = rng.random()
        if extra < 0.05 and issued >= history.START and account.health_on(issued) > 0.55:
            kind = "upsell" if extra < 0.03 else "beyond_contract"
            more = amount // 10 + 50
            add_invoice(
                company, account, rng, f"x-{subscription_id[2:]}-{number}", subscription_id,
                issued, more, kind,
            )  # fmt: skip
        issued = history.add_months(start, step * number)
        number += 1


def add_invoice(
    company, account, rng, invoice_id, subscription_id, issued, amount, kind="contract"
) -> None:
    """One invoice and whether, and when, it is paid."""
    due = issued + timedelta(days=30 if account.billing != "month" else 14)
    health = account.health_on(issued)
    delay = rng.randint(-12, 0) if rng.random() < 0.25 + 0.75 * health else rng.randint(1, 70)
    paid = due + timedelta(days=delay)
    is_paid = paid <= history.END and rng.random() < 0.90 + 0.1 * health
    company.add_state(
        "invoices",
        issued,
        invoice_id=invoice_id,
        account_id=account.account_id,
        subscription_id=subscription_id,
        issued_on=issued,
        due_on=due,
        paid_on=max(paid, issued) if is_paid else None,
        amount=f"{amount}.00",
        amount_paid=f"{amount}.00" if is_paid else None,
        currency=account.currency,
        status="paid" if is_paid else "open",
        kind=kind,
    )
