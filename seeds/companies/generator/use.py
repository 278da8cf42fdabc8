"""Use of the product: events of users, events of robots, and daily aggregates."""

from datetime import date, timedelta

from . import history
from .account import Account

ACTIONS = {
    "mail": ["send_message", "send_message", "read_message"],
    "calendar": ["plan_meeting"],
    "drive": ["edit_document", "share_document"],
    "chat": ["send_message"],
    "meet": ["join_call"],
    "whiteboard": ["draw"],
    "assistant": ["ask_assistant"],
}
MODULE_WEIGHTS = {"mail": 10, "calendar": 5, "drive": 7, "chat": 6, "meet": 3, "whiteboard": 1,
                  "assistant": 2}  # fmt: skip


def active_weeks(account: Account):
    """Monday and health of each week in which the account may use the product."""
    last = min(account.last_day, account.silent_from or history.END)
    for monday in history.mondays(account.first_day, last):
        yield monday, last, account.health_on(monday)


def add_user_events(company, account: Account, modules: list[str], released: dict) -> None:
    """Working sessions of the users: the healthier, the more users, sessions and modules."""
    rng = account.random("use")
    for monday, last, health in active_weeks(account):
        known = [name for name in modules if monday >= released.get(name, date.min)]
        used = known[: max(1, round(len(known) * (0.35 + 0.75 * health)))]
        weights = [MODULE_WEIGHTS[name] for name in used]
        mood = 0.75 + 0.5 * rng.random()
        for user_id in account.user_ids:
            if rng.random() > (0.15 + 0.8 * health) * mood:
                continue
            for _ in range(1 + int(rng.random() * (1 + 4 * health * mood))):
                weekday = int(rng.random() ** 1.1 * 5.4)
                day = monday + timedelta(days=weekday)
                module = rng.choices(used, weights)[0]
                action = rng.choice(ACTIONS[module])
                minutes = int(30 + rng.random() * 420 * (0.35 + 0.65 * health))
                moment = history.at(day, rng.randint(6, 17), rng.randint(0, 59))
                if account.first_day <= day <= last:
                    add_event(company, day, account_id=account.account_id, user_id=user_id,
                              module=module, action=action, occurred_at=moment,
                              duration_seconds=minutes * 60)  # fmt: skip


def add_unit_events(company, account: Account, modules: list[str], released: dict) -> None:
    """Shifts of robots, and now and then an order of supplies, or a return of some."""
    rng = account.random("use")
    for monday, last, health in active_weeks(account):
        known = [name for name in modules if monday >= released.get(name, date.min)]
        used = known[: max(1, round(len(known) * (0.4 + 0.7 * health)))]
        mood = 0.8 + 0.4 * rng.random()
        for number in range(1, (account.units or 0) + 1):
            if rng.random() > 0.25 + 0.8 * health:
                continue
            for _ in range(1 + int(rng.random() * 5 * health * mood)):
                day = monday + timedelta(days=rng.randint(0, 6))
                minutes = int(60 + rng.random() * 360 * (0.3 + 0.7 * health))
                moment = history.at(day, rng.randint(10, 22), rng.randint(0, 59))
                module = rng.choice(used)
                if account.first_day <= day <= last:
                    add_event(company, day, account_id=account.account_id, module=module,
                              action="serve_table" if module == "serving" else "run",
                              occurred_at=moment, duration_seconds=minutes * 60,
                              unit_id=f"robot-{account.account_id}-{number}")  # fmt: skip
        if rng.random() < 0.15:
            day = monday + timedelta(days=rng.randint(0, 4))
            back = rng.random() < 0.15
            if account.first_day <= day <= last:
                add_event(company, day, account_id=account.account_id,
                          action="return_supplies" if back else "order_supplies",
                          occurred_at=history.at(day, 8),
                          quantity=-1 if back else rng.randint(1, 6))  # fmt: skip


def add_daily(company, account: Account, modules: list[str], period: str) -> None:
    """Aggregates of accounts whose single events stay with a reseller, by day or by week."""
    rng = account.random("use")
    for monday, last, health in active_weeks(account):
        offsets = range(5) if period == "day" else [0]
        for offset in offsets:
            day = monday + timedelta(days=offset)
            told_on = day if period == "day" else monday + timedelta(days=6)  # whole weeks only
            if not account.first_day <= day <= told_on <= last:
                continue
            for module in modules:
                if rng.random() > 0.2 + 0.7 * health:
                    continue
                people = max(1, round(account.people * health * rng.random() + 0.4))
                events = people * rng.randint(1, 4) * (1 if period == "day" else 4)
                company.add_event(
                    "usage_daily", told_on, account_id=account.account_id, user_id=None,
                    module=module, used_on=day, period=period, events=events, active_users=people,
                    duration_seconds=events * rng.randint(20, 90) * 60, quantity=None,
                )  # fmt: skip


def add_event(company, day, load=None, **values) -> None:
    """One usage event; the numbers are given in the end, in the order of time."""
    company.add_event("usage_events", day, load, event_id=None, **values)


def number_events(company, prefix: str) -> None:
    """Give every event that has no number one, batch by batch, in the order of time."""
    number = 0
    for batch in company.batches["usage_events"]:
        batch.sort(key=lambda row: (str(row["occurred_at"]), row["account_id"]))
        for row in batch:
            number += 1
            row["event_id"] = row["event_id"] or f"{prefix}{number:06}"
