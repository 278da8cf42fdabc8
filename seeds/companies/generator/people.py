"""Our own staff, the customers' contacts and the users of the product."""

from datetime import date, timedelta
from random import Random

from . import history, words
from .account import Account


def add_staff(company, csms: list[str], leaver: str | None, left_on: date | None) -> None:
    """A small customer team; one CSM leaves in the middle of the history."""
    rng = Random(company.company_id)
    company.add_state("staff", history.START, staff_id="lead", name=words.person(rng),
                      team="customer_success", role="team_lead", manager_id=None)  # fmt: skip
    for csm in csms:
        company.add_state("staff", history.START, until=left_on if csm == leaver else None,
                          staff_id=csm, name=words.person(rng), team="customer_success",
                          role="csm", manager_id="lead")  # fmt: skip
    for team, role in (("support", "support_lead"), ("product", "product_manager"),
                       ("sales", "account_manager"), ("finance", "controller"),
                       ("onboarding", "onboarding_manager"),
                       ("board", "executive_sponsor")):  # fmt: skip
        company.add_state("staff", history.START, staff_id=role, name=words.person(rng), team=team,
                          role=role, manager_id=None)  # fmt: skip


def add_contacts(company, account: Account, roles: list[str]) -> None:
    """One contact for each role; some leave, some of those have a successor."""
    rng = account.random("contacts")
    for number, role in enumerate(roles, start=1):
        contact_id = f"c-{account.account_id}-{number}"
        name = words.person(rng)
        started = account.created
        leaves = None
        if rng.random() < 0.12 and role != "user":
            leaves = account.first_day + timedelta(days=rng.randint(30, 380))
            if leaves > account.last_day:
                leaves = None
        successor = f"{contact_id}b" if leaves and rng.random() < 0.5 else None
        company.add_state(
            "contacts", started, contact_id=contact_id, account_id=account.account_id,
            user_id=None, name=name, email=words.email(name, contact_id), role=role,
            started_at=history.at(started, 9), left_at=history.at(leaves, 17) if leaves else None,
            replaced_by=successor,
        )  # fmt: skip
        if successor:
            name = words.person(rng)
            company.add_state(
                "contacts", leaves, contact_id=successor, account_id=account.account_id,
                user_id=None, name=name, email=words.email(name, successor), role=role,
                started_at=history.at(leaves, 9), left_at=None, replaced_by=None,
            )  # fmt: skip
        if not leaves:
            account.contacts[contact_id] = role


def add_users(company, account: Account) -> None:
    """The people who use the product; most from the start, some are deactivated."""
    rng = account.random("users")
    for number in range(1, account.people + 1):
        user_id = f"u-{account.account_id}-{number:02}"
        late = rng.random() < 0.3
        created = account.created + timedelta(days=rng.randint(10, 200) if late else 0)
        if created > account.last_day:
            continue
        gone = None
        if rng.random() < 0.06:
            gone = max(created, history.START) + timedelta(days=rng.randint(20, 300))
            gone = gone if gone <= account.last_day else None
        company.add_state(
            "users", created, user_id=user_id, account_id=account.account_id,
            email=words.email(words.person(rng), user_id),
            role="administrator" if number == 1 else "member", is_active=not gone,
            created_at=history.at(created, 9),
            deactivated_at=history.at(gone, 15) if gone else None,
        )  # fmt: skip
        if not gone:
            account.user_ids.append(user_id)
