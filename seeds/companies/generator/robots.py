"""Restaurant Robots Inc: private restaurants and company canteens that rent robots."""

from datetime import date, timedelta
from random import Random

from . import care, contracts, history, people, progress, use, words
from .account import Account, add_account
from .handmade import add_handmade
from .tables import Company
from .warts import robots_faults

MODULES = {
    "waiter": ["serving", "bussing"],
    "house": ["serving", "bussing", "greeting", "cleaning"],
}
RELEASED = {"cleaning": date(2025, 9, 1)}
CSMS = ["csm_1", "csm_2", "csm_3"]
LEAVER, LEFT_ON, HEIR = "csm_3", date(2025, 11, 20), "csm_1"

CREATED = {"R031": date(2025, 7, 1), "R032": date(2025, 9, 17), "R033": date(2025, 11, 12),
           "R034": date(2025, 12, 15), "R048": date(2025, 10, 6)}  # fmt: skip
SILENT = {"R007": date(2025, 9, 20), "R041": date(2025, 12, 1)}
CANCELLED = {"R012": date(2025, 11, 2)}
PARENTS = {"R036": "R035", "R037": "R035", "R038": "R036"}
MOVES = {"R020": (date(2025, 11, 5), {"customer_type": "canteen"}),
         "R045": (date(2025, 12, 20), {"customer_type": "private_restaurant"})}  # fmt: skip
GROWTH = {"R003": {date(2025, 10, 10): 1}, "R040": {date(2025, 5, 12): 2, date(2025, 12, 1): 1}}
WITHOUT_USE = {"R030"}
UNRATED = {"R005", "R016"}  # owners who never answer: unscored


def build() -> Company:
    """All rows of the company."""
    company = Company("restaurant_robots", "America/Chicago", ("survey_responses",))
    people.add_staff(company, CSMS, LEAVER, LEFT_ON)
    for number in range(1, 49):
        add_customer(company, make_account(number))
    for day, account_id, kind in ((date(2025, 10, 14), "R007", "financial_distress"),
                                  (date(2025, 8, 4), "R041", "reorganisation")):  # fmt: skip
        company.add_event("account_events", day, event_id=f"v-{account_id}", account_id=account_id,
                          kind=kind, occurred_on=day, resolved_on=None)  # fmt: skip
    add_handmade(company)
    robots_faults.delay_some(company)
    use.number_events(company, "u")
    robots_faults.add_faults(company)
    return company


def make_account(number: int) -> Account:
    """An account by chance, except where it has a story."""
    account_id = f"R{number:03}"
    rng = Random(f"robots {account_id}")
    is_canteen = number > 34
    first = rng.choice(words.PLACES)
    name = f"{first} {rng.choice(words.TRADES)} canteen" if is_canteen else (
        f"{words.person(rng).split()[0]}'s {first} {rng.choice(words.DISHES)}")  # fmt: skip
    started = date(2023, 6, 1) + timedelta(days=rng.randint(0, 640))
    return Account(
        account_id=account_id, name=name, segment="canteen" if is_canteen else "private_restaurant",
        customer_type="canteen" if is_canteen else "private_restaurant",
        employees=rng.randint(150, 900) if is_canteen else rng.randint(4, 25), people=0, seats=None,
        units=rng.randint(2, 5) if is_canteen else rng.randint(1, 3),
        plan="house" if is_canteen or rng.random() < 0.5 else "waiter", monthly_price=400,
        currency="USD", billing="quarter" if is_canteen else "month", term_months=12,
        created=CREATED.get(account_id, started), csm_id=rng.choice(CSMS),
        health=0.3 + 0.65 * rng.random(), drift=rng.uniform(-0.045, 0.035),
        turns_on=history.add_months(history.START, rng.randint(5, 13)),
        industry="canteen" if is_canteen else "restaurant",
        region=rng.choice(["midwest", "south", "coast"]), parent_id=PARENTS.get(account_id),
        silent_from=SILENT.get(account_id), cancelled_on=CANCELLED.get(account_id),
    )  # fmt: skip


def add_customer(company: Company, account: Account) -> None:
    """Everything about one account."""
    contracts.add_contracts(company, account, "robots", GROWTH.get(account.account_id))
    if account.account_id == "R012":
        account.closed_on = date(2025, 11, 30)
    changes = [MOVES[account.account_id]] if account.account_id in MOVES else []
    if account.csm_id == LEAVER:
        changes.append((LEFT_ON, {"csm_id": HEIR}))
    add_account(company, account, changes)
    is_canteen = account.segment == "canteen"
    people.add_contacts(
        company, account, ["decision_maker", "key_contact"] if is_canteen else ["decision_maker"]
    )
    if account.account_id not in WITHOUT_USE:
        use.add_unit_events(company, account, MODULES[account.plan], RELEASED)
    care.add_tickets(company, account, 0.7, [f"fault_{number}" for number in range(1, 6)])
    if account.account_id not in UNRATED:
        rounds = {"csat": 60, "relationship": 120} if is_canteen else {"relationship": 40}
        care.add_surveys(company, account, rounds)
    care.add_interactions(company, account, 0.7, 0)
    care.add_assessments(company, account, 90)
    progress.add_outcomes(company, account, "meals_served" if is_canteen else "tables_turned", 50)
