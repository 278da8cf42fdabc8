"""Bad input of roll-ups on the real project: parents in a circle, a missing rate, a CSM who left.

One company, refreshed as its people would: blocked, corrected, blocked again, corrected, published.
"""

from datetime import date, timedelta

import pytest

from tests.support.small import SmallCompany

LAST_DAY = date(2025, 6, 29)  # a Sunday
# account: its parent, CSM, yearly value and currency
ACCOUNTS = {
    "holding": (None, "csm_1", 100, "EUR"),
    "north": ("holding", "csm_1", 200, "EUR"),
    "store": ("north", "csm_who_left", 300, "USD"),
    "alone": (None, None, 400, None),
}


def accounts(**parents: str | None) -> list[dict]:
    return [
        {
            "account_id": name,
            "name": name,
            "parent_account_id": parents.get(name, parent) or "",
            "csm_id": csm or "",
            "annual_value": value,
            "currency": currency or "",
            "created_at": "2024-01-01",
        }
        for name, (parent, csm, value, currency) in ACCOUNTS.items()
    ]


@pytest.fixture(scope="module")
def history(tmp_path_factory) -> tuple[SmallCompany, list]:
    company = SmallCompany(tmp_path_factory.mktemp("rollups"))
    company.land(
        accounts=accounts(holding="store"),
        staff=[{"staff_id": "csm_1", "name": "One"}],
        usage_daily=[
            {
                "account_id": name,
                "user_id": "u1",
                "module": "mail",
                "used_on": LAST_DAY - timedelta(days=day),
                "period": "day",
                "events": 10,
            }
            for name in ACCOUNTS
            for day in range(7 * 14)
        ],
    )
    in_a_circle = company.refresh()
    # a rate there is, and none of the last seven days
    company.land(
        accounts=accounts(),
        exchange_rates=[{"currency": "USD", "valid_on": "2025-01-05", "rate_to_reporting": "0.5"}],
    )
    without_a_rate = company.refresh()
    company.land(
        exchange_rates=[
            {
                "currency": "USD",
                "valid_on": LAST_DAY - timedelta(days=7 * week),
                "rate_to_reporting": "0.5",
                "arrived_at": f"{LAST_DAY - timedelta(days=7 * week)}T08:00:00Z",
            }
            for week in range(16)
        ]
    )
    return company, [in_a_circle, without_a_rate, company.refresh()]


def said(done) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_parents_in_a_circle_are_refused_and_named(history):
    done = history[1][0]
    assert done.returncode == 2, said(done)[-3000:]
    assert "a circle of parents, holding → store → north → holding" in said(done)


def test_a_missing_rate_is_refused_with_currency_and_date(history):
    done = history[1][1]
    assert done.returncode == 3, said(done)[-3000:]
    assert "fct_account_health_amounts_have_an_exchange_rate" in said(done)
    assert "USD" in said(done) and "2025-" in said(done)


def test_the_corrected_company_is_published(history):
    company, (*_, done) = history
    assert done.returncode == 0, said(done)[-3000:]
    rows = {
        (kind, name): values
        for kind, name, *values in company.rows(
            "select rollup_kind, rollup_id, account_count, value_amount "
            "from marts.fct_portfolio_health where is_latest"
        )
    }
    # the store's 300 dollars are 150 euros
    assert rows["company", "small"] == [4, 850]
    assert rows["parent", "holding"] == [3, 450]
    assert rows["parent", "north"] == [2, 350]
    assert ("parent", "alone") not in rows and ("parent", "store") not in rows
    assert rows["csm", "csm_1"] == [2, 300]
    assert rows["csm", "csm_who_left"] == [1, 150]
    assert rows["csm", "(none)"] == [1, 400]


def test_every_split_sums_to_its_change_and_the_kinds_agree(history):
    company = history[0]
    checked = company.rows(
        "select count(*), max(abs(same_accounts_change_28d + joined_change_28d + left_change_28d "
        "- score_change_28d)) from marts.fct_portfolio_health where score_change_28d is not null"
    )[0]
    assert checked[0] > 20 and checked[1] < 1e-9
    totals = company.rows(
        "select as_of_date, count(distinct value_amount), count(distinct account_count) from ("
        "select as_of_date, rollup_kind, sum(value_amount) as value_amount, "
        "sum(account_count) as account_count from marts.fct_portfolio_health "
        "where rollup_kind <> 'parent' group by all) group by all"
    )
    assert totals and all(row[1:] == (1, 1) for row in totals)
    coverage = company.rows(
        "select c.as_of_date from (select as_of_date, sum(account_count) as n from "
        "marts.fct_coverage group by 1) as c join marts.fct_portfolio_health as p on "
        "p.as_of_date = c.as_of_date and p.rollup_kind = 'company' where p.account_count <> c.n"
    )
    assert coverage == []
