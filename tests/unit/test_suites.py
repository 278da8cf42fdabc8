"""The suites in files: they say what is judged and how hard, and nothing in them is passed over."""

import re
import shutil

import pytest

from orchestration.base.errors import HealthError
from orchestration.base.settings import PROJECT_ROOT
from orchestration.expectations import expected
from orchestration.expectations.expected import FOLDER, suite
from orchestration.expectations.validation import validate
from tests.support.gate import Zone, of_status

PAGE = PROJECT_ROOT / "dbt_project" / "docs" / "expectations.md"


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Zone:
    """Ten weeks were published; the tables have limits for everything that can have one."""
    limits = {"allowed_lag_days": 5, "null_limit_ratios": {"module": 0.9}}
    settings = {"tables": {"usage_events": limits}}
    zone = Zone(tmp_path_factory.mktemp("zone"), settings).begin()
    zone.next_day()
    zone.note("tickets", "outage", zone.loads[-1].loaded_at.date())
    return zone


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the suites, to be edited."""
    copy = shutil.copytree(FOLDER, tmp_path / "suites")
    monkeypatch.setattr(expected, "FOLDER", copy)
    return copy


def edit(folder, gate, old, new):
    path = folder / f"{gate}.yml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_every_measure_has_its_expectation_and_every_expectation_a_measure(begun):
    outcome = begun.gate()
    checks = [result.check for result in outcome.results]
    assert len(checks) > 20
    assert not [c.name for c in checks if "expects nothing" in c.not_judged]
    unused = {
        each.name for each in suite("raw", FOLDER) if not any(each.is_of(one) for one in checks)
    }
    assert unused == set()


@pytest.mark.parametrize("gate", ["raw", "marts"])
def test_the_page_tells_of_all_expectations(gate):
    names = {
        re.sub(r"\{(\w+)\}", r"<\1>", each.name).removeprefix("raw_<table>_").removeprefix("marts_")
        for each in suite(gate, FOLDER)
    }
    text = PAGE.read_text(encoding="utf-8").partition(f"name: `{gate}_")[2].partition("\n\n")[0]
    told = {found for line in text.splitlines() for found in re.findall("`([^`]+)`", line[:60])}
    assert names <= told


def test_what_is_taken_out_is_measured_and_not_judged(begun, folder):
    text = (folder / "raw.yml").read_text()
    at = text.index('meta: {check: "raw_{table}_row_count"}')
    begins = text.rindex("  - type:", 0, at)
    (folder / "raw.yml").write_text(text[:begins] + text[text.index("\n", at) :])
    found = {result.name: result for result in begun.gate().results}
    check = found["raw_tickets_row_count"].check
    assert check.not_judged == "suites/raw.yml expects nothing of it" and check.value == 60


def test_severity_and_limits_are_those_of_the_file(begun, folder):
    edit(folder, "raw", 'max_value: 0}\n    severity: warning\n    meta: {check: "raw_{table}_new',
         'max_value: 0}\n    severity: critical\n    meta: {check: "raw_{table}_new')  # fmt: skip
    edit(folder, "raw", 'kwargs: {column: "{check}", min_value: 1}',
         'kwargs: {column: "{check}", min_value: 61}')  # fmt: skip
    begun.execute("insert into raw.extra_columns values (2, 'tickets', 'mood', 'tickets.csv')")
    begun.judge = validate
    outcome = begun.gate()
    assert {"raw_tickets_new_columns", "raw_tickets_rows"} <= set(of_status(outcome, "blocked"))
    (document,) = [d for d in outcome.documents if d["suite_name"] == "raw_tickets_measures"]
    (rows,) = [r for r in document["results"] if r["check"] == "raw_tickets_rows"]
    assert rows["kwargs"] == {"column": "raw_tickets_rows", "min_value": 61}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("expect_table_columns_to_match_set", "expect_column_to_exist", "type: .*possible are"),
        ("exact_match: true", "exactly: true", "exactly: True"),
        ("severity: warning", "severity: info", "severity: info"),
        ("min_value: 1}", "min_value: $lowest}", r"min_value: \$lowest"),
        ("strict_min: true, strict_max: true", "strict_min: true", "strict_min without strict_max"),
        ("name: raw_{table}\nexpectations:", "expectations: [1]\nmore:", "can't be read"),
    ],
)
def test_what_can_t_be_judged_is_refused(begun, folder, old, new, said):
    edit(folder, "raw", old, new)
    with pytest.raises(HealthError, match=said):
        suite("raw", folder)
    blocked = begun.gate().of("blocked")
    assert [result.name for result in blocked] == ["great_expectations_check_ran"]
