"""Values counted by hand on hand-made accounts, against what is published of the samples."""

import csv
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import PROJECT_ROOT

EXPECTED = Path(__file__).with_name("indicator_values.csv")
CATALOGUE = PROJECT_ROOT / "seeds" / "catalogue" / "indicators.csv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def published(published_samples):
    """(company, account, date, indicator) → (status, value), of the accounts counted by hand."""
    found = {}
    for company, database in published_samples.items():
        accounts = sorted({row["account_id"] for row in rows(EXPECTED)})
        with duckdb.connect(str(database), read_only=True) as marts:
            for account, date, indicator, status, value in marts.execute(
                "select account_id, as_of_date::varchar, indicator_id, status, raw_value "
                "from marts.fct_indicator_scores where account_id in (select unnest(?))",
                [accounts],
            ).fetchall():
                found[company, account, date, indicator] = (status, value)
    return found


def test_every_indicator_of_the_catalogue_is_counted_by_hand():
    counted = {row["indicator_id"] for row in rows(EXPECTED)}
    assert counted == {row["indicator_id"] for row in rows(CATALOGUE)}


@pytest.mark.parametrize(
    "row",
    rows(EXPECTED),
    ids=lambda row: f"{row['account_id']}-{row['as_of_date']}-{row['indicator_id']}",
)
def test_the_published_value_is_the_one_counted_by_hand(row, published):
    key = (row["company_id"], row["account_id"], row["as_of_date"], row["indicator_id"])
    status, value = published.get(key, ("not published", None))
    assert status == "measured", f"{status}; counted by hand: {row['how']}"
    assert value == pytest.approx(float(row["expected_value"]), abs=1e-9, rel=0), row["how"]
