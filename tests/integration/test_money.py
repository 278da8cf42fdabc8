"""Money of a million and more, in codes of any case, owed in part: a company refreshed for real.

First it lacks a rate and is refused before anything is kept; then it is published.
"""

from datetime import date, timedelta

import pytest

from tests.support.small import SmallCompany, bands

LAST_DAY = date(2025, 12, 28)  # a Sunday
NAMES = ("monthly", "dollars", "owes", "credited", "small")


def subscription(account: str, amount: object, currency: str, period: str = "year") -> dict:
    return {
        "subscription_id": f"s_{account}",
        "account_id": account,
        "amount": amount,
        "currency": currency,
        "billing_period": period,
        "started_on": "2024-01-01",
        "discount_pct": None,
    }


def invoice(key: str, account: str, amount: object, **values: object) -> dict:
    columns = dict.fromkeys(("amount_paid", "paid_on", "status", "kind", "credits_invoice_id"))
    return {
        "invoice_id": key,
        "account_id": account,
        "issued_on": "2025-10-31",
        "due_on": "2025-11-30",
        "amount": amount,
        "currency": "EUR",
        **columns,
        **values,
    }


def rate(currency: str, day: date, value: float) -> dict:
    return {"currency": currency, "valid_on": day, "rate_to_reporting": value, "updated_at": day}


@pytest.fixture(scope="module")
def history(tmp_path_factory) -> tuple[SmallCompany, list]:
    company = SmallCompany(
        tmp_path_factory.mktemp("money"),
        reporting_currency="eur",
        score_from=date(2025, 12, 7),
        tables={"invoices": {"quarantine_limit_ratio": 0.5}},
    )
    company.score_with(
        scorecards=[
            {
                "scorecard_id": "main",
                "version": 1,
                "segment_id": "all_accounts",
                "scorecard_name": "Main",
                "valid_from": "2000-01-01",
                "cadence": "weekly",
                "grading": "score",
                "minimum_coverage": 0.5,
            }
        ],
        scorecard_bands=bands("main"),
        scorecard_indicators=[
            {
                "scorecard_id": "main",
                "version": 1,
                "indicator_id": indicator,
                "weight": weight,
                "method": "linear",
                "missing_policy": "exclude",
                "is_required": "false",
                "linear_worst": worst,
                "linear_best": 0,
            }
            for indicator, weight, worst in [
                ("days_overdue", 100, 60),
                ("overdue_to_yearly_value_ratio", 0, 1),
                ("discount_pct", 0, 100),
            ]
        ],
        segments=[
            {
                "segment_id": "all_accounts",
                "segment_name": "All",
                "description": "All",
                "onboarding_days": 90,
                "renewal_days": 90,
            }
        ],
        segment_rules=[{"rule_order": 1, "segment_id": "all_accounts", "operator": "always"}],
    )
    company.land(
        accounts=[{"account_id": name, "name": name, "created_at": "2023-01-01"} for name in NAMES],
        subscriptions=[
            # ten milliards a month are 1.2 x 10^11 a year
            subscription("monthly", 10_000_000_000, "eur", "month"),
            subscription("dollars", 5_000_000, "Usd") | {"discount_pct": 12.5},
            subscription("owes", 4_000_000, "EUR"),
            subscription("credited", 1_000_000, " eur"),
            subscription("small", 100, "EUR", "month"),
        ],
        invoices=[
            invoice("i1", "owes", 2_000_000, paid_on="2025-12-05", amount_paid=1_000_000),
            invoice("i2", "credited", 1_000_000, status="open"),
            invoice("i3", "credited", -400_000, kind="credit", credits_invoice_id="i2")
            | {"issued_on": "2025-12-10", "due_on": "2025-12-10"},
            invoice("i4", "small", 100, status="void"),
            invoice("i5", "monthly", 10_000_000_000, paid_on="2025-11-30"),
            # no kind says so, no invoice is named: no credit note
            invoice("i6", "small", -100),
        ],
        usage_daily=[
            {
                "account_id": name,
                "user_id": "u1",
                "used_on": LAST_DAY - timedelta(days=7 * week),
                "period": "day",
                "events": 10,
            }
            for name in NAMES
            for week in range(8)
        ],
    )
    refused = company.refresh()
    company.land(
        exchange_rates=[
            *(rate("usd", LAST_DAY - timedelta(days=7 * week), 0.5) for week in range(8)),
            # the same key: of two rates of one day the one that was updated last stands
            rate("USD", LAST_DAY, 0.25) | {"updated_at": LAST_DAY + timedelta(days=1)},
        ]
    )
    return company, [refused, company.refresh()]


def said(done) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_a_currency_without_any_rate_is_refused_before_anything_is_kept(history):
    done = history[1][0]
    assert done.returncode == 2, said(done)[-3000:]
    assert "subscriptions: 1 row is in the currency USD" in said(done)
    assert "USD,2025-01-05,0.9" in said(done)
    assert "build" not in done.stdout


def test_large_values_and_codes_of_any_case_come_out(history):
    company, (_, done) = history
    assert done.returncode == 0, said(done)[-3000:]
    values = company.rows(
        "select account_id, annual_value_amount from marts.fct_account_health where is_latest"
    )
    # 5,000,000 dollars at the 0.25 that was updated last
    assert dict(values) == {
        "monthly": 120_000_000_000,
        "dollars": 1_250_000,
        "owes": 4_000_000,
        "credited": 1_000_000,
        "small": 1200,
    }
    total = company.rows(
        "select value_amount from marts.fct_portfolio_health "
        "where is_latest and rollup_kind = 'company'"
    )
    assert total == [(120_006_251_200,)]


def test_what_is_owed_is_less_what_was_paid_and_credited(history):
    company = history[0]
    ratios = company.rows(
        "select account_id, cast(as_of_date as varchar), round(raw_value, 9) "
        "from marts.fct_indicator_scores where indicator_id = 'overdue_to_yearly_value_ratio' "
        "and as_of_date in (date '2025-12-07', date '2025-12-28')"
    )
    assert {(account, day): value for account, day, value in ratios} == {
        ("monthly", "2025-12-07"): 0,
        ("monthly", "2025-12-28"): 0,
        ("dollars", "2025-12-07"): 0,
        ("dollars", "2025-12-28"): 0,
        ("owes", "2025-12-07"): 0.25,
        ("owes", "2025-12-28"): 0.25,
        ("credited", "2025-12-07"): 1,
        ("credited", "2025-12-28"): 0.6,
        ("small", "2025-12-07"): 0,
        ("small", "2025-12-28"): 0,
    }
    (discount,) = company.rows(
        "select raw_value from marts.fct_indicator_scores where indicator_id = 'discount_pct' "
        "and account_id = 'dollars' and as_of_date = date '2025-12-28'"
    )
    assert discount == (12.5,)


def test_a_negative_amount_that_is_no_credit_note_is_set_aside(history):
    company = history[0]
    found = company.rows(
        "select row_key, rule from marts.quality_quarantine where source_table = 'invoices'"
    )
    assert found == [("i6", "negative_amount")]
