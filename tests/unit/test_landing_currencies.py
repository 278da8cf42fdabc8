"""Money in a currency without any rate: refused as it is landed, and named."""

import json

import pytest

from orchestration.base.errors import BadInput
from tests.support.landing import ACCOUNTS, CompanyFolder

HEADER = "subscription_id,account_id,amount,currency,billing_period,started_on\n"
INVOICES = "invoice_id,account_id,issued_on,due_on,amount,currency\n"
RATES = "currency,valid_on,rate_to_reporting\n"


@pytest.fixture
def folder(tmp_path) -> CompanyFolder:
    made = CompanyFolder(tmp_path)
    made.land("accounts.csv", ACCOUNTS)
    return made


def refused(folder: CompanyFolder) -> str:
    with pytest.raises(BadInput) as caught:
        folder.check()
    return str(caught.value)


def test_each_table_and_currency_is_named_with_its_rows_and_the_line_to_land(folder):
    folder.land(
        "subscriptions.csv",
        HEADER
        + "s1,001,100,USD,month,2024-01-01\ns2,002,100,usd ,month,2024-01-01\n"
        + "s3,003,0,GBP,month,2024-01-01\ns4,004,100,EUR,month,2024-01-01\n",
    )
    folder.land("invoices.csv", INVOICES + "i1,001,2025-01-01,2025-02-01,10,Usd\n")
    assert refused(folder).split("\n") == [
        f"{table}: {rows} in the currency {code}, which has no exchange rate on any day; amounts "
        "are reported in EUR. Land the table exchange_rates with its rates (currency, valid_on, "
        "rate_to_reporting: what one unit is worth in EUR, one rate for every seven days that are "
        f"scored; a line such as `{code},2025-01-05,0.9`), or correct the currency."
        for table, rows, code in [
            ("subscriptions", "2 rows are", "USD"),
            ("subscriptions", "1 row is", "GBP"),
            ("invoices", "1 row is", "USD"),
        ]
    ]
    assert folder.state_content() == {}


def test_the_case_of_a_code_plays_no_part(folder):
    folder.settings({"id": "acme", "name": "Acme", "reporting_currency": "eur"})
    assert folder.company.reporting_currency == "EUR"
    folder.land("subscriptions.csv", HEADER + "s1,001,100,eur,month,2024-01-01\n")
    folder.land("invoices.csv", INVOICES + "i1,001,2025-01-01,2025-02-01,10,USD\n")
    folder.land("exchange_rates.csv", RATES + "usd,2025-01-05,0.9\n")
    folder.check()


def test_a_currency_beside_no_amount_needs_no_rate(folder):
    folder.land(
        "accounts.csv",
        "account_id,name,annual_value,currency,created_at\n"
        "001,Anvil,,USD,2024-01-01\n002,Brick,5,,2024-01-01\n",
    )
    folder.check()
    folder.land("accounts.csv", "account_id,name,annual_value,currency\n001,Anvil,5,USD\n")
    assert "accounts: 1 row is in the currency USD" in refused(folder)


def test_rates_of_an_earlier_load_still_count(folder):
    folder.land("exchange_rates.csv", RATES + "USD,2025-01-05,0.9\n")
    folder.load()
    folder.land("subscriptions.csv", HEADER + "s1,001,100,USD,month,2024-01-01\n")
    folder.load()
    folder.land("subscriptions.csv", HEADER + "s1,001,100,GBP,month,2024-01-01\n")
    assert "in the currency GBP" in refused(folder)


def test_loads_that_an_earlier_release_archived_are_not_guessed_about(folder):
    folder.land("exchange_rates.csv", RATES + "USD,2025-01-05,0.9\n")
    folder.load()
    manifest = folder.state / "acme" / "loads" / "0001.json"
    content = json.loads(manifest.read_text())
    del content["rated_currencies"]
    manifest.chmod(0o600)
    manifest.write_text(json.dumps(content))
    folder.land("subscriptions.csv", HEADER + "s1,001,100,USD,month,2024-01-01\n")
    folder.check()


def test_typed_files_and_mappings_are_judged_too(folder):
    folder.parquet(
        "invoices.parquet",
        "select 'i1' as invoice_id, '001' as account_id, date '2025-01-01' as issued_on, "
        "date '2025-02-01' as due_on, 10.5::decimal(18, 4) as amount, 'chf' as currency",
    )
    folder.land("deals.csv", "deal,customer,price\nd1,001,100\nd2,002,\n")
    folder.map(
        "subscriptions",
        "select deal as subscription_id, customer as account_id, price as amount, "
        "'nok' as currency, 'month' as billing_period, date '2024-01-01' as started_on "
        "from landed.deals",
    )
    message = refused(folder)
    assert "invoices: 1 row is in the currency CHF" in message
    assert "subscriptions: 1 row is in the currency NOK" in message


def test_what_is_no_code_is_not_shown(folder):
    folder.land("subscriptions.csv", HEADER + "s1,001,100,Zoe Smith,month,2024-01-01\n")
    message = refused(folder)
    assert "in the currency `xxx xxxxx`" in message
    assert "ZOE" not in message.upper()
