"""One customer of a sample company: what is known of it, and its hidden health, which drives its
use, its answers and, with chance, its renewals."""

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from . import history


@dataclass
class Account:
    """A customer and the parts of its story that the other modules need."""

    account_id: str
    name: str
    segment: str
    customer_type: str
    employees: int
    people: int
    seats: int | None
    units: int | None
    plan: str
    monthly_price: int
    currency: str
    billing: str
    term_months: int
    created: date
    csm_id: str
    health: float
    drift: float
    turns_on: date = history.END
    is_key: bool = False
    industry: str = ""
    region: str = ""
    parent_id: str | None = None
    silent_from: date | None = None
    cancelled_on: date | None = None
    closed_on: date | None = None
    contract_until: date = history.END
    has_open_end: bool = False
    contacts: dict[str, str] = field(default_factory=dict)
    user_ids: list[str] = field(default_factory=list)

    def random(self, part: str) -> Random:
        """A source of chance of its own for each part, so that one part never moves another."""
        return Random(f"{self.account_id}/{self.name}/{part}")

    def health_on(self, day: date) -> float:
        """Hidden health, 0 to 1: a line that turns around once."""
        until_turn = (min(day, self.turns_on) - history.START).days / 30
        after_turn = max(0, (day - self.turns_on).days) / 30
        return min(0.97, max(0.04, self.health + self.drift * (until_turn - after_turn)))

    @property
    def last_day(self) -> date:
        """The last day on which anything is heard of the account."""
        return min(day for day in (self.contract_until, self.closed_on, history.END) if day)

    @property
    def first_day(self) -> date:
        """The first day of its story within the history."""
        return max(self.created, history.START)


def add_account(company, account: Account, changes=(), **more) -> None:
    """Land the account's own row."""
    created = datetime(account.created.year, account.created.month, account.created.day, 8)
    closed = account.closed_on
    company.add_state(
        "accounts",
        account.created,
        changes=changes,
        account_id=account.account_id,
        name=account.name,
        parent_account_id=account.parent_id,
        customer_type=account.customer_type,
        is_key_account=account.is_key,
        industry=account.industry,
        region=account.region,
        employee_count=account.employees,
        annual_value=account.monthly_price * 12,
        currency=account.currency,
        csm_id=account.csm_id,
        created_at=created,
        closed_at=history.at(closed, 16) if closed else None,
        **more,
    )
