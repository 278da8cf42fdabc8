"""Hand-over, onboarding and the customer's own results."""

from datetime import timedelta

from . import history
from .account import Account

MILESTONES = {"kick_off": 10, "data_import": 25, "administrator_training": 35,
              "first_team_live": 50, "go_live": 75}  # fmt: skip
CHECKS = ["key_contact_confirmed", "administrator_named", "technical_prerequisites"]


def add_onboarding(company, account: Account, with_checks: bool = True) -> None:
    """Milestones and hand-over checks of an account that began within the history."""
    rng = account.random("onboarding")
    health = account.health_on(account.created)
    for milestone, after in MILESTONES.items():
        due = account.created + timedelta(days=after)
        late = rng.randint(1, 45) if rng.random() > 0.25 + 0.65 * health else rng.randint(-6, 0)
        completed = due + timedelta(days=late)
        company.add_state(
            "onboarding_milestones", account.created, account_id=account.account_id,
            milestone=milestone, due_on=due,
            completed_on=completed if completed <= account.last_day else None,
        )  # fmt: skip
    for number, check in enumerate(CHECKS if with_checks else []):
        checked = account.created + timedelta(days=2 + number)
        passed = rng.random() < 0.4 + 0.55 * health
        again = checked + timedelta(days=rng.randint(15, 60))
        company.add_state(
            "readiness_checks", checked, account_id=account.account_id, check=check, passed=passed,
            checked_on=checked,
            changes=[] if passed or again > history.END else
            [(again, {"passed": True, "checked_on": again})],
        )  # fmt: skip


def add_outcomes(company, account: Account, metric: str, scale: int) -> None:
    """The north-star metric by month: target and what was reached; now and then no target."""
    rng = account.random("outcomes")
    target = scale * rng.randint(8, 30)
    start = history.add_months(
        account.first_day.replace(day=1), 0 if account.first_day.day == 1 else 1
    )
    while True:
        end = history.add_months(start, 1) - timedelta(days=1)
        if end > account.last_day:
            return
        share = 0.35 + 0.75 * account.health_on(end) + (rng.random() - 0.5) * 0.2
        company.add_state(
            "business_outcomes", end, account_id=account.account_id, metric=metric,
            period_start=start, period_end=end,
            target=target if rng.random() < 0.95 else None, actual=round(target * share),
        )  # fmt: skip
        start = history.add_months(start, 1)
