"""The sample companies: generated the same every time, small, complete, and with sound weights."""

import csv
import sys
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPANIES = ROOT / "seeds" / "companies"
COMPANY_IDS = ["office_software", "restaurant_robots"]
RAW_TABLES = ROOT / "dbt_project" / "models" / "staging" / "_raw_tables.yml"
GOLDEN = ROOT / "tests" / "golden" / "indicator_values.csv"


def read(path: Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def raw_tables() -> dict[str, list[str]]:
    tables = yaml.safe_load(RAW_TABLES.read_text(encoding="utf-8"))["sources"][0]["tables"]
    return {table["name"]: [column["name"] for column in table["columns"]] for table in tables}


@pytest.fixture(scope="module")
def generator():
    """The generator's package, which lies beside its data."""
    sys.path.insert(0, str(COMPANIES))
    try:
        import generate
        import generator.tables

        yield generate, generator.tables
    finally:
        sys.path.remove(str(COMPANIES))


@pytest.fixture(scope="module")
def generated(generator, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("companies")
    generator[0].main(target)
    return target


@pytest.mark.parametrize("company_id", COMPANY_IDS)
def test_generator_reproduces_the_committed_files(generated, company_id):
    again = files_below(generated / company_id / "landed")
    committed = files_below(COMPANIES / company_id / "landed")
    assert sorted(again) == sorted(committed)
    assert [name for name, content in again.items() if content != committed[name]] == []


def test_generator_knows_the_columns_of_the_raw_tables(generator):
    known = raw_tables()
    known["cta_actions"].remove("reason")  # the samples' people give none
    known["invoices"].remove("credits_invoice_id")  # their credit notes name no invoice
    assert known == generator[1].COLUMNS


def test_the_samples_are_small():
    size = sum(
        len(content)
        for company_id in COMPANY_IDS
        for content in files_below(COMPANIES / company_id / "landed").values()
    )
    assert size < 5_000_000


def test_every_raw_table_is_landed_by_a_sample():
    landed = {
        path.name.split(".")[0]
        for company_id in COMPANY_IDS
        for path in (COMPANIES / company_id / "landed").rglob("*.*")
    }
    assert set(raw_tables()) - landed == set()


def weight_sums(folder: Path) -> dict[tuple, Decimal]:
    sums: dict[tuple, Decimal] = defaultdict(Decimal)
    for row in read(folder / "scorecard_indicators.csv"):
        sums[row["scorecard_id"], row["version"]] += Decimal(row["weight"])
    return sums


@pytest.mark.parametrize("company_id", COMPANY_IDS)
def test_weights_sum_to_100(company_id):
    folder = COMPANIES / company_id / "scorecards"
    versions = {(row["scorecard_id"], row["version"]) for row in read(folder / "scorecards.csv")}
    assert weight_sums(folder) == dict.fromkeys(versions, Decimal(100))


def test_the_failing_fixture_sums_to_105_and_differs_in_nothing_else():
    fixture = ROOT / "tests" / "fixtures" / "scorecards" / "weights_105"
    sample = COMPANIES / "office_software" / "scorecards"
    assert weight_sums(fixture)["enterprise", "1"] == 105
    wrong, right = files_below(fixture), files_below(sample)
    name = "scorecard_indicators.csv"
    wrong_rows, right_rows = wrong.pop(name).splitlines(), right.pop(name).splitlines()
    assert wrong == right
    assert len([1 for a, b in zip(wrong_rows, right_rows, strict=True) if a != b]) == 1


def test_every_playbook_has_a_rule_in_the_samples():
    shipped = {row["playbook_id"] for row in read(ROOT / "seeds" / "scorecards" / "playbooks.csv")}
    named = [
        row["playbook_id"]
        for company_id in COMPANY_IDS
        for row in read(COMPANIES / company_id / "scorecards" / "cta_rules.csv")
        if row["indicator_id"]
    ]
    assert shipped <= set(named)


def test_golden_rows_are_unique_and_about_hand_made_accounts():
    rows = read(GOLDEN)
    keys = [(row["company_id"], row["account_id"], row["indicator_id"]) for row in rows]
    assert len(keys) == len(set(keys))
    folder = COMPANIES / "generator" / "handmade"
    known = {
        (company_id, row["account_id"])
        for company_id in COMPANY_IDS
        for row in read(folder / company_id / "accounts.csv")
    }
    assert {(row["company_id"], row["account_id"]) for row in rows} <= known


def test_invented_addresses_are_of_reserved_domains():
    for company_id in COMPANY_IDS:
        for table in ("users", "contacts"):
            for path in (COMPANIES / company_id / "landed").rglob(f"{table}*.csv"):
                for row in read(path):
                    domain = row["email"].partition("@")[2]
                    assert domain in ("", "example.com", "example.org")
