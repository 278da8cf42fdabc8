"""company.yml: what is accepted, and what the messages say."""

import re
from datetime import date

import pytest

from orchestration.base.errors import BadInput
from orchestration.company.company import hash_of_settings, load_company
from tests.support.landing import CompanyFolder

SMALLEST = "id: acme\nname: Acme\nreporting_currency: EUR\n"


def test_defaults_are_filled_in(tmp_path):
    company = CompanyFolder(tmp_path).company
    assert (company.time_zone, company.as_of, company.usage_measure) == (
        "UTC",
        "latest_data",
        "actions",
    )
    assert company.landed == tmp_path / "acme" / "landed"
    assert not company.has_mapping
    assert company.scorecards.parts[-2:] == ("seeds", "scorecards")


def test_all_fields_are_read(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.write(
        "company.yml",
        SMALLEST
        + "time_zone: Europe/Berlin\nas_of: run_date\nscore_from: 2025-01-05\n"
        + "usage_measure: minutes\nentitlements: {basic: [mail, calendar]}\n"
        + "key_actions: [send]\nreleased_modules: {board: 2025-06-01}\n"
        + "north_star_metrics: {default: orders}\ndisconnected_sources: {a1: [tickets]}\n"
        + "tables: {tickets: {allowed_lag_days: 3, shrink_limit_ratio: 0.9}}\n",
    )
    (folder.folder / "scorecards").mkdir()
    company = folder.company
    assert company.score_from == date(2025, 1, 5)
    assert company.released_modules == {"board": date(2025, 6, 1)}
    assert company.limits("tickets").allowed_lag_days == 3
    assert company.limits("tickets").quarantine_limit_ratio == 0.01
    assert company.scorecards == folder.folder / "scorecards"


def test_usage_has_a_lag_unless_it_is_taken_away(tmp_path):
    folder = CompanyFolder(tmp_path, tables={"usage_events": {"quarantine_limit_ratio": 0.5}})
    assert folder.company.limits("usage_events").allowed_lag_days == 14
    assert folder.company.limits("usage_daily").allowed_lag_days == 14
    assert folder.company.limits("tickets").allowed_lag_days is None
    folder.settings(
        {
            "id": "acme",
            "name": "Acme",
            "reporting_currency": "EUR",
            "tables": {"usage_events": {"allowed_lag_days": None}},
        }
    )
    assert folder.company.limits("usage_events").allowed_lag_days is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id: acme\nname: [unclosed\n", r"company\.yml, line \d.*not valid YAML"),
        ("", r"expected lines of the form"),
        ("- a\n", r"expected lines of the form"),
        (SMALLEST + "id: again\n", r"line 4.*`id` stands twice"),
        (SMALLEST + "time_zon: UTC\n", r"`time_zon`: unknown \(did you mean `time_zone`\?\)"),
        (SMALLEST + "time_zone: Europe/Berln\n", r"`time_zone`.*did you mean `Europe/Berlin`"),
        (SMALLEST.replace("acme", "Acme-1"), r"`id`.*\[a-z\]"),
        (SMALLEST.replace("id: acme\n", ""), r"`id`: missing"),
        (SMALLEST.replace("EUR", "Euro"), r"`reporting_currency`"),
        (SMALLEST + "as_of: latest\n", r"`as_of`.*'latest_data'"),
        (SMALLEST + "score_from: soon\n", r"`score_from`"),
        (SMALLEST + "key_actions: [1]\n", r"`key_actions\.0`.*put it in quotes"),
        (SMALLEST + "tables: {tickts: {}}\n", r"`tables`.*did you mean `tickets`"),
        (
            SMALLEST + "tables: {tickets: {allowed_lag: 3}}\n",
            r"`tables\.tickets\.allowed_lag`.*did you mean `allowed_lag_days`",
        ),
        (
            SMALLEST + "tables: {tickets: {shrink_limit_ratio: 2}}\n",
            r"`tables\.tickets\.shrink_limit_ratio`",
        ),
        (
            SMALLEST + "disconnected_sources: {a1: [invoice]}\n",
            r"`disconnected_sources`.*did you mean `invoices`",
        ),
        (SMALLEST + "reading: {date: dmy}\n", r"`reading\.date`: unknown.*did you mean `dates`"),
        (SMALLEST + "reading: {dates: dym}\n", r"`reading\.dates`.*'dmy', 'mdy' or 'ymd'"),
        (
            SMALLEST + "reading: {values: {tickets.priority: {critical: urgnt}}}\n",
            r"`reading\.values`.*did you mean `urgent`",
        ),
        (
            SMALLEST + "reading: {values: {tickets.status: {Open: open}}}\n",
            r"`tickets\.status` is no column with a list of values.*tickets\.kind",
        ),
        (
            SMALLEST + "reading: {values: {ticket.kind: {Defect: bug}}}\n",
            r"did you mean `tickets\.kind`",
        ),
        (
            SMALLEST + "reading: {columns: {accounts.name: {dates: dmy}}}\n",
            r"`accounts\.name` holds no dates.*created_at, closed_at",
        ),
        (SMALLEST + "reading: {columns: {Day: {dates: dmy}}}\n", r"must name a table and a column"),
    ],
)
def test_a_wrong_field_is_named_with_a_remedy(tmp_path, text, expected):
    folder = CompanyFolder(tmp_path)
    folder.write("company.yml", text)
    with pytest.raises(BadInput) as refused:
        load_company(folder.folder)
    assert re.search(expected, str(refused.value)), str(refused.value)
    assert "company.yml" in str(refused.value)


def test_the_form_of_a_date_is_said_for_all_files_a_table_or_a_column(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.write(
        "company.yml",
        SMALLEST
        + "reading:\n  dates: dmy\n  decimal: ','\n  nulls: ['?']\n"
        + "  values: {tickets.priority: {critical: urgent, task: other}}\n"
        + "  columns:\n    invoices.due_on: {dates: mdy}\n    tickets.*: {dates: epoch_ms}\n"
        + "    orders.Day of sale: {dates: excel}\n",
    )
    reading = folder.company.reading
    assert reading.form_of("accounts", "created_at") == "dmy"
    assert reading.form_of("invoices", "due_on") == "mdy"
    assert reading.form_of("invoices", "paid_on") == "dmy"
    assert reading.form_of("tickets", "opened_at") == "epoch_ms"
    assert reading.landed_form("orders", "day of sale") == "excel"
    assert reading.landed_form("orders", "Other day") is None


def test_all_wrong_fields_are_told_at_once(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.write("company.yml", SMALLEST + "as_of: x\ntime_zone: y\n")
    with pytest.raises(BadInput) as refused:
        load_company(folder.folder)
    assert len(str(refused.value).splitlines()) == 2


def test_a_folder_without_company_yml_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"no such company folder"):
        load_company(tmp_path / "nowhere")
    with pytest.raises(BadInput, match=r"no company\.yml"):
        load_company(tmp_path)


def test_latin_1_in_company_yml_is_refused(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.write("company.yml", SMALLEST.replace("Acme", "Ångström").encode("latin-1"))
    with pytest.raises(BadInput, match="not UTF-8"):
        load_company(folder.folder)


@pytest.mark.parametrize("entry", ["company.yml", "landed", "mapping", "scorecards"])
def test_links_in_a_company_folder_are_refused(tmp_path, entry):
    folder = CompanyFolder(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    target = folder.folder / entry
    if target.is_dir():
        target.rmdir()
        elsewhere.mkdir()
    elif target.exists():
        target.rename(elsewhere)
    else:
        elsewhere.mkdir()
    target.symlink_to(elsewhere)
    with pytest.raises(BadInput, match="is a link"):
        load_company(folder.folder)


def test_who_is_told_of_failures_changes_no_table(tmp_path):
    def hashed(text):
        (tmp_path / "company.yml").write_text(text)
        return hash_of_settings(tmp_path)

    plain = hashed("id: a\nscore_from: 2025-01-05\n")
    assert hashed("alerts: [{kind: file}]\nid: a\nscore_from: 2025-01-05\n") == plain
    assert hashed("id: a\nscore_from: 2025-01-12\n") != plain
