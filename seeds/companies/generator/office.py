"""Office Software Ltd: companies, public bodies and small teams that use an office suite."""

from datetime import date, timedelta
from random import Random

from . import care, contracts, history, people, progress, use, words
from .account import Account, add_account
from .handmade import add_handmade
from .tables import Company
from .warts import office_faults

MODULES = {
    "basic": ["mail", "calendar"],
    "business": ["mail", "calendar", "drive", "chat", "assistant"],
    "suite": ["mail", "calendar", "drive", "chat", "meet", "whiteboard", "assistant"],
}
RELEASED = {"whiteboard": date(2025, 6, 1), "assistant": date(2025, 10, 1)}
CSMS = ["csm_1", "csm_2", "csm_3", "csm_4", "csm_5"]
LEAVER, LEFT_ON, HEIR = "csm_2", date(2025, 10, 20), "csm_4"
PROBLEMS = [f"problem_{number}" for number in range(1, 13)]

# segment: how many accounts, customer_type, people from-to, employees from-to, plans, price of a
# seat a month, billing, months of a term
SEGMENTS = {
    "enterprise": (28, "enterprise", 4, 11, 6, 24, ["business", "suite"], 25, "quarter", 12),
    "government": (9, "government", 4, 8, 15, 60, ["business"], 20, "year", 12),
    "small_team": (36, "small_team", 2, 4, 2, 10, ["basic", "business"], 12, "month", 6),
    "key_account": (8, "enterprise", 7, 13, 30, 90, ["suite"], 30, "quarter", 12),
    "default": (4, "reseller", 2, 5, 5, 30, ["basic"], 10, "month", 12),
}
CARE = {  # tickets a month, interactions a month, days between executive reviews, between ratings
    "enterprise": (0.8, 1.2, 120, 80),
    "government": (0.7, 1.0, 0, 90),
    "small_team": (0.35, 0.15, 0, 0),
    "key_account": (1.1, 2.0, 90, 60),
    "default": (0.4, 0.3, 0, 0),
}

# The accounts with a story of their own; everybody else's is left to chance.
CREATED = {
    "0025": date(2025, 8, 12), "0026": date(2025, 9, 15), "0027": date(2025, 10, 20),
    "0028": date(2025, 12, 1), "0037": date(2025, 9, 1), "0064": date(2025, 9, 22),
    "0065": date(2025, 10, 27), "0066": date(2025, 12, 8), "0067": date(2026, 1, 12),
}  # fmt: skip
SILENT = {"0009": date(2025, 8, 15), "0035": date(2025, 10, 3), "0050": date(2025, 11, 1)}
WITHOUT_USERS = {"0024", "0061", "0047"}  # the last is not connected: company.yml
UNRATED = {"0081"}  # its scorecard asks for the CSM's rating: unscored
AGGREGATED = {"0055": "day", "0056": "day", "0057": "day", "0058": "day", "0059": "week",
              "0060": "week"}  # fmt: skip
OPEN_ENDED = {"0062", "0063"}
CANCELLED = {"0013": date(2025, 10, 20), "0052": date(2025, 12, 5)}
PARENTS = {"0002": "0001", "0003": "0001", "0010": "0002", "0075": "0074"}
MOVES = {
    "0045": (date(2025, 11, 3), {"customer_type": "enterprise", "employee_count": 35}),
    "0046": (date(2025, 12, 10), {"customer_type": "government"}),
    "0015": (date(2025, 12, 9), {"is_key_account": "true"}),
    "0020": (date(2026, 1, 5), {"customer_type": "small_team"}),
}
GROWTH = {"0004": {date(2025, 6, 16): 3, date(2025, 11, 4): 4}, "0029": {date(2025, 10, 1): 2},
          "0076": {date(2025, 12, 1): 5}, "0040": {date(2025, 9, 20): 2}}  # fmt: skip
IN_DOLLARS = {"0005", "0016", "0031", "0041", "0042", "0053", "0077"}
HEALTH = {  # base, change a month, the day it turns
    "0004": (0.85, 0.01, history.END), "0006": (0.85, -0.07, date(2025, 12, 1)),
    "0007": (0.25, 0.06, history.END), "0008": (0.7, -0.05, history.END),
    "0074": (0.9, 0.0, history.END), "0078": (0.45, -0.02, history.END),
    "0047": (0.8, 0.0, history.END), "0081": (0.85, 0.0, history.END),
}  # fmt: skip


def build() -> Company:
    """All rows of the company."""
    company = Company("office_software", "Europe/Berlin", ("users", "survey_responses"))
    people.add_staff(company, CSMS, LEAVER, LEFT_ON)
    number = 0
    for segment, settings in SEGMENTS.items():
        for _ in range(settings[0]):
            number += 1
            add_customer(company, make_account(f"{number:04}", segment, settings))
    add_rates(company)
    add_judgements(company)
    add_handmade(company)
    office_faults.delay_some(company)
    use.number_events(company, "e")
    office_faults.add_faults(company)
    return company


def make_account(account_id: str, segment: str, settings: tuple) -> Account:
    """An account by chance, except where it has a story."""
    rng = Random(f"office {account_id}")
    _, kind, fewest, most, least, greatest, plans, price, billing, months = settings
    name = f"{rng.choice(words.PLACES)} {rng.choice(words.TRADES)}"
    if segment == "government":
        name = f"Town Hall of {name.split()[0]}field"
    number = int(account_id)
    if 38 <= number < 38 + len(words.HARD_NAMES):
        name = words.HARD_NAMES[number - 38]
    headcount = rng.randint(fewest, most)
    started = date(2023, 1, 1) + timedelta(days=rng.randint(0, 800))
    base, drift, turn = HEALTH.get(
        account_id,
        (0.3 + 0.65 * rng.random(), rng.uniform(-0.045, 0.035), history.add_months(
            history.START, rng.randint(5, 13))),
    )  # fmt: skip
    csm = rng.choice(CSMS)
    return Account(
        account_id=account_id, name=name, segment=segment, customer_type=kind,
        employees=max(headcount, rng.randint(least, greatest)), people=headcount,
        seats=headcount + rng.randint(0, 3), units=None, plan=rng.choice(plans),
        monthly_price=price, currency="USD" if account_id in IN_DOLLARS else "EUR",
        billing=billing, term_months=months, created=CREATED.get(account_id, started),
        csm_id=csm, health=base, drift=drift, turns_on=turn, is_key=segment == "key_account",
        industry=rng.choice(["services", "industry", "trade", "health", "public"]),
        region=rng.choice(["north", "south", "east", "west"]), parent_id=PARENTS.get(account_id),
        silent_from=SILENT.get(account_id), cancelled_on=CANCELLED.get(account_id),
        has_open_end=account_id in OPEN_ENDED,
    )  # fmt: skip


def add_customer(company: Company, account: Account) -> None:
    """Everything about one account."""
    contracts.add_contracts(company, account, "office", GROWTH.get(account.account_id))
    if account.account_id == "0013":
        account.closed_on = date(2025, 10, 31)
    changes = []
    if account.account_id in MOVES:
        changes.append(MOVES[account.account_id])
    if account.csm_id == LEAVER:
        changes.append((LEFT_ON, {"csm_id": HEIR}))
    add_account(company, account, changes)
    small = account.segment in ("small_team", "default")
    roles = ["decision_maker", "user"] if small else [
        "sponsor", "decision_maker", "key_contact", "administrator"]  # fmt: skip
    people.add_contacts(company, account, roles)
    if account.account_id in AGGREGATED:
        use.add_daily(company, account, MODULES[account.plan][:3], AGGREGATED[account.account_id])
    elif account.account_id not in WITHOUT_USERS:
        people.add_users(company, account)
        use.add_user_events(company, account, MODULES[account.plan], RELEASED)
    tickets, talks, reviews, ratings = CARE[account.segment]
    if account.account_id != "0012":
        care.add_tickets(company, account, tickets, PROBLEMS)
    if account.account_id != "0033":
        rounds = {"nps": 150} if small else {"nps": 120, "relationship": 85, "csat": 75}
        care.add_surveys(company, account, rounds)
    care.add_interactions(company, account, talks, reviews)
    if ratings and account.account_id not in UNRATED:
        care.add_assessments(company, account, ratings)
    if account.created >= history.START:
        progress.add_onboarding(company, account, with_checks=account.segment == "enterprise")
    metric = "active_projects" if account.segment == "small_team" else "documents_shared"
    progress.add_outcomes(company, account, metric, 2 if small else 20)


def add_rates(company: Company) -> None:
    """The US dollar every Monday, from the week before the history."""
    rng = Random("rates")
    rate = 9600
    for monday in history.mondays(date(2024, 12, 23), history.END):
        company.add_state("exchange_rates", monday, currency="USD", valid_on=monday,
                          rate_to_reporting=f"{rate / 10000:.4f}")  # fmt: skip
        rate += rng.randint(-70, 55)


def add_judgements(company: Company) -> None:
    """Hand-over grades, flags, overrides, distress and acts on CTAs, each for a reason."""
    rows = [  # account, number, kind, day, and what it says
        ("0025", 50, "handover_grade", date(2025, 8, 25), {"score": 7, "score_of": 10}),
        ("0026", 50, "handover_grade", date(2025, 9, 25), {"score": 3, "score_of": 5}),
        ("0027", 50, "handover_grade", date(2025, 10, 30), {"score": 9, "score_of": 10}),
        ("0028", 50, "handover_grade", date(2025, 12, 10), {"score": 2, "score_of": 5}),
        ("0004", 60, "score_override", date(2025, 7, 7),
         {"score": 55, "score_of": 100, "expires": date(2025, 9, 30)}),
        ("0006", 60, "band_override", date(2025, 12, 15),
         {"band": "unhealthy", "expires": date(2026, 3, 10)}),
        ("0007", 60, "band_override", date(2025, 10, 6),
         {"band": "fair", "expires": date(2025, 12, 20)}),
        ("0030", 60, "score_override", date(2026, 1, 13),
         {"score": 82, "score_of": 100, "expires": date(2026, 4, 10)}),
        ("0074", 60, "band_override", date(2026, 1, 20),
         {"band": "fair", "expires": date(2026, 3, 31)}),
        ("0011", 60, "score_override", date(2025, 11, 3),
         {"score": 30, "score_of": 100, "expires": date(2026, 1, 30),
          "cleared": date(2025, 12, 1)}),
        ("0008", 70, "module_flag", date(2025, 12, 2), {"module": "adoption", "rating": "red"}),
        ("0078", 70, "module_flag", date(2025, 11, 11),
         {"module": "relationship", "rating": "red"}),
        ("0031", 70, "module_flag", date(2025, 9, 9),
         {"module": "commercial", "rating": "red", "cleared": date(2025, 10, 30)}),
        ("0079", 70, "module_flag", date(2026, 1, 14), {"module": "bugs", "rating": "red"}),
    ]  # fmt: skip
    reasons = [*words.HARD_COMMENTS, "Sponsor told us by phone", "Merger talks", "Pilot ended"]
    csms = {row.values["account_id"]: row.values["csm_id"] for row in company.state["accounts"]}
    for place, (account_id, number, kind, day, says) in enumerate(rows):
        judge = type("Judge", (), {"account_id": account_id, "csm_id": csms[account_id]})
        care.add_assessment(company, judge, number, kind, day, reason=reasons[place % 12], **says)
    for number, (account_id, kind, day, resolved, load) in enumerate([
        ("0078", "insolvency", date(2025, 11, 20), None, None),
        ("0008", "reorganisation", date(2025, 6, 3), None, None),
        ("0076", "merger", date(2025, 9, 10), None, None),
        ("0076", "merger", date(2025, 9, 10), date(2025, 12, 30), 4),
        ("0043", "financial_distress", date(2025, 12, 22), None, None),
        ("0031", "reorganisation", date(2025, 3, 4), date(2025, 7, 1), None),
    ]):  # fmt: skip
        name = "v-merger" if kind == "merger" else f"v-{number}"
        company.add_event("account_events", day, load, event_id=name, account_id=account_id,
                          kind=kind, occurred_on=day, resolved_on=resolved)  # fmt: skip
    for number, (account_id, module, action, step, until, day) in enumerate([
        ("0008", "adoption", "open", None, None, date(2025, 12, 2)),
        ("0008", "adoption", "step_done", "check_the_data", None, date(2025, 12, 9)),
        ("0008", "adoption", "reassign", None, None, date(2025, 12, 16)),
        ("0078", "relationship", "open", None, None, date(2025, 11, 11)),
        ("0078", "relationship", "note", "Waiting for the new sponsor", None, date(2025, 11, 20)),
        ("0031", "commercial", "open", None, None, date(2025, 9, 9)),
        ("0031", "commercial", "close", None, None, date(2025, 10, 30)),
        ("0079", "bugs", "open", None, None, date(2026, 1, 14)),
        ("0079", "bugs", "snooze", None, date(2026, 2, 15), date(2026, 1, 15)),
        ("0004", "commercial", "open", None, None, date(2025, 7, 8)),
    ], start=1):  # fmt: skip
        company.add_event(
            "cta_actions", day, action_id=f"act-{number:03}", cta_id=None, account_id=account_id,
            module=module, action=action, step=step, until=until,
            assignee="csm_5" if action == "reassign" else None, author=csms[account_id],
            acted_at=history.at(day, 14),
        )  # fmt: skip
