"""Values counted by hand on hand-made accounts, against what is published of the samples.

Only what a scorecard or a rule asks for is published. So the office sample is refreshed here once
more, with a rule for each indicator of the catalogue: its own rules need not ask for all of them.
"""

import csv
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.base.settings import PROJECT_ROOT
from tests.support.program import published_by

OFFICE = PROJECT_ROOT / "seeds" / "companies" / "office_software"
EXPECTED = Path(__file__).with_name("indicator_values.csv")
CATALOGUE = PROJECT_ROOT / "seeds" / "catalogue" / "indicators.csv"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rules_that_ask_for_all(rules: Path) -> list[dict[str, str]]:
    """The rules of a company, and one for each indicator whose condition never holds."""
    own = rows(rules)
    of_any_indicator = next(
        rule for rule in own if not rule["segment_id"] and not rule["lifecycle_stage"]
    )
    return own + [
        of_any_indicator
        | {
            "rule_id": f"asks_for_{indicator['indicator_id']}",
            "module_id": indicator["module_id"],
            "indicator_id": indicator["indicator_id"],
            "operator": "<",
            "threshold": "-1000000",
        }
        for indicator in rows(CATALOGUE)
    ]


@pytest.fixture(scope="module")
def office_asked_for_all(audited, tmp_path_factory) -> Path:
    """The office sample's published database, with every indicator of the catalogue in it."""
    folder = tmp_path_factory.mktemp("asked_for_all")
    company = Path(shutil.copytree(OFFICE, folder / "office_software"))
    path = company / "scorecards" / "cta_rules.csv"
    rules = rules_that_ask_for_all(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rules[0]))
        writer.writeheader()
        writer.writerows(rules)
    before = audited["office_software"].parents[1]
    shutil.copytree(before, folder / "state" / before.name, symlinks=True)
    return published_by(company, folder)


@pytest.fixture(scope="module")
def published(published_samples, office_asked_for_all):
    """(company, account, date, indicator) → (status, value), of the accounts counted by hand."""
    found = {}
    for company, database in {
        **published_samples,
        "office_software": office_asked_for_all,
    }.items():
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
