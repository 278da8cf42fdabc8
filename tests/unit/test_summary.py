"""The summary of a refresh, from a small published file whose figures are counted by hand."""

import io
import json
from pathlib import Path

import duckdb
import pytest
import yaml
from pydantic import ValidationError
from rich.console import Console

from orchestration.base.errors import HealthError
from orchestration.company.reading import Reading
from orchestration.publishing.summary import (
    Drop,
    Late,
    OpenCtas,
    QuarantinedRule,
    SegmentCounts,
    UnscoredReason,
    render,
    summarise,
    to_json,
)

TABLES = """
    create schema marts;
    create table marts.fct_account_health (
        account_id varchar, as_of_date date, segment_id varchar, weighted_score double,
        knock_out_id varchar, computed_score double, score double, band varchar,
        is_scored boolean, unscored_reason varchar, score_change double, is_latest boolean,
        is_provisional boolean, unscored_explanation varchar,
        scorecard_id varchar default 'starter', scorecard_version integer default 1
    );
    create table marts.fct_indicator_scores (
        account_id varchar, as_of_date date, indicator_id varchar, effective_weight double,
        indicator_score double, reason varchar, status varchar default 'measured',
        weight double default 10
    );
    create table marts.fct_score_changes (
        account_id varchar, as_of_date date, cause varchar, indicator_id varchar, points double,
        reason varchar
    );
    create table marts.fct_score_change_totals (
        account_id varchar, as_of_date date, score_change double
    );
    create table marts.quality_sources (
        source_table varchar, refresh_id varchar, late_count bigint,
        quarantined_count bigint, value_only_count bigint
    );
    create table marts.quality_unlisted_values (
        source_table varchar, column_name varchar, value varchar, row_count bigint
    );
    create table marts.dim_accounts (account_id varchar, account_name varchar);
    create table marts.fct_ctas (status varchar, owner varchar, owner_kind varchar);
    create table marts.quality_quarantine (
        source_table varchar, row_key varchar, rule varchar, occurrence_count integer,
        is_value_only boolean
    );
"""

ROWS = """
    insert into marts.dim_accounts values
        ('falls', 'Falls & Co'), ('capped', '[red]Capped[/red]'), ('steady', 'Steady'),
        ('silent', 'Silent'), ('new', 'New');
    -- 3 July is off the cadence: the row before the newest date 5 July that counts is 29 June
    insert into marts.fct_account_health (
        account_id, as_of_date, segment_id, weighted_score, knock_out_id, computed_score, score,
        band, is_scored, unscored_reason, score_change, is_latest, is_provisional
    ) values
        ('falls', '2025-06-22', 'small', 95, null, 95, 95, 'healthy', true, null, 0, false, false),
        ('falls', '2025-06-29', 'small', 90, null, 90, 90, 'healthy', true, null, -5, false, false),
        ('falls', '2025-07-03', 'small', 99, null, 99, 99, 'healthy', true, null, 9, false, true),
        ('falls', '2025-07-05', 'small', 60, null, 60, 60, 'fair', true, null, -30, true, true),
        ('capped', '2025-06-29', 'large', 92, null, 92, 92, 'healthy', true, null, 0, false, false),
        ('capped', '2025-07-05', 'large', 90, 'owner_unhappy', 39, 39, 'unhealthy', true, null,
         -53, true, true),
        ('steady', '2025-06-29', 'small', 80, null, 80, 80, 'healthy', true, null, 0, false, false),
        ('steady', '2025-07-05', 'small', 81, null, 81, 81, 'healthy', true, null, 1, true, true),
        ('silent', '2025-06-29', 'small', 70, null, 70, 70, 'fair', true, null, 0, false, false),
        ('silent', '2025-07-05', 'small', null, null, null, null, null, false,
         'coverage 0.2 is below 0.5', null, true, true),
        ('new', '2025-07-05', 'large', 50, null, 50, 50, 'fair', true, null, null, true, true);
    insert into marts.fct_indicator_scores (
        account_id, as_of_date, indicator_id, effective_weight, indicator_score, reason
    ) values
        ('falls', '2025-06-22', 'nps', 40, 100, 'NPS of 100'),
        ('falls', '2025-06-29', 'nps', 40, 75, 'NPS of 20'),
        ('falls', '2025-07-05', 'nps', 40, 55, 'NPS of 0'),
        ('falls', '2025-06-29', 'usage_vs_baseline', 50, 100, 'use of 900'),
        ('falls', '2025-07-05', 'usage_vs_baseline', 50, 50, 'use of 300 against 900'),
        ('falls', '2025-06-29', 'days_overdue', 10, 100, 'nothing overdue'),
        ('falls', '2025-07-05', 'days_overdue', 10, 100, 'nothing overdue'),
        ('capped', '2025-06-29', 'nps', 100, 92, 'NPS of 84'),
        ('capped', '2025-07-05', 'nps', 100, 90, 'NPS of 80');
    insert into marts.fct_indicator_scores (
        account_id, as_of_date, indicator_id, reason, status, weight
    ) values
        ('silent', '2025-07-05', 'nps', 'asked', 'no_response', 10),
        ('silent', '2025-07-05', 'days_overdue', 'none', 'not_applicable', 10),
        ('silent', '2025-07-05', 'csat', 'none', 'not_collected', 0);
    insert into marts.fct_score_change_totals values
        ('falls', '2025-06-29', -5), ('falls', '2025-07-05', -30), ('capped', '2025-07-05', -53),
        ('steady', '2025-07-05', 1), ('silent', '2025-07-05', null);
    insert into marts.fct_score_changes values
        ('falls', '2025-06-29', 'behaviour', 'nps', -5, 'NPS of 20, was 100'),
        ('falls', '2025-07-05', 'behaviour', 'nps', -8, 'NPS of 0, was 20'),
        ('falls', '2025-07-05', 'behaviour', 'usage_vs_baseline', -25, 'use of 300, was 900'),
        ('falls', '2025-07-05', 'coverage', null, 3, 'now counted: csat'),
        ('capped', '2025-07-05', 'behaviour', 'nps', -2, 'NPS of 80, was 84'),
        ('capped', '2025-07-05', 'knock_out', null, -51, 'owner_unhappy, was none');
    insert into marts.quality_sources values
        ('tickets', '1', 9, 2, 0), ('tickets', '2', 3, 5, 0), ('invoices', '2', 0, 0, 1);
    insert into marts.quality_unlisted_values values
        ('tickets', 'priority', 'blocker', 2), ('tickets', 'priority', 'critical', 12),
        ('subscriptions', 'billing_period', 'half_year', 1);
    insert into marts.fct_ctas values
        ('open', 'ann', 'person'), ('open', 'ann', 'person'), ('open', 'finance', 'team'),
        ('open', 'sales', 'itself'), ('snoozed', 'finance', 'team'), ('closed', 'ben', 'person');
    insert into marts.quality_quarantine values
        ('tickets', '1', 'orphan', 1, false), ('tickets', '2', 'orphan', 4, false),
        ('invoices', '7', 'paid before issued', 1, true);
"""


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return make_published(tmp_path, ROWS)


def make_published(folder: Path, rows: str) -> Path:
    """A version folder and the link to it, as a publication leaves them."""
    version = folder / "versions" / "1"
    (version / "parquet").mkdir(parents=True)
    with duckdb.connect(str(version / "customer_health.duckdb")) as marts:
        marts.execute(TABLES + rows)
    (version / "customer_health.duckdb").chmod(0o444)
    (folder / "current").symlink_to(version)
    return folder / "current" / "customer_health.duckdb"


def printed(published: Path, **options: int) -> str:
    text = io.StringIO()
    render(summarise(published, **options), Console(file=text, width=160))
    return text.getvalue()


def test_accounts_are_counted_by_segment_and_band_on_the_newest_date(published: Path) -> None:
    summary = summarise(published)
    assert summary.as_of_date == "2025-07-05"
    assert (summary.scored, summary.unscored) == (4, 1)
    assert summary.segments == [
        SegmentCounts("large", {"healthy": 0, "fair": 1, "unhealthy": 1}, 2, 0),
        SegmentCounts("small", {"healthy": 1, "fair": 1, "unhealthy": 0}, 2, 1),
    ]
    assert summary.unscored_reasons == [
        UnscoredReason("small", "coverage 0.2 is below 0.5", 1, "nps (no response)")
    ]
    assert summary.late == [Late("tickets", 3)]


def test_open_calls_to_action_are_counted_by_owner(published: Path) -> None:
    owned = [OpenCtas("ann", 2), OpenCtas("finance", 1)]
    assert summarise(published).open_ctas == [*owned, OpenCtas("itself", 1)]
    said = printed(published)
    assert "4 calls to action open, 1 of which run by themselves, of 2 owners;" in said
    assert "the most: ann 2, finance 1." in said


def test_the_largest_drops_name_what_cost_most_since_the_cadence_row_before(
    published: Path,
) -> None:
    assert summarise(published).drops == [
        # the cap took 51 points, the answers 2
        Drop(
            "capped",
            "[red]Capped[/red]",
            "large",
            "unhealthy",
            39,
            -53,
            "knock_out",
            -51,
            "knock_out: owner_unhappy, was none",
        ),
        # not NPS, which fell in the week before
        Drop(
            "falls",
            "Falls & Co",
            "small",
            "fair",
            60,
            -30,
            "usage_vs_baseline",
            -25,
            "use of 300, was 900",
        ),
    ]


def test_the_drops_are_limited(published: Path) -> None:
    assert [drop.account_id for drop in summarise(published, drop_limit=1).drops] == ["capped"]


def test_a_long_reason_is_cut_and_keeps_its_points(tmp_path: Path) -> None:
    published = make_published(
        tmp_path,
        ROWS
        + "update marts.fct_score_changes set reason = repeat('long reason, ', 30) "
        + "where indicator_id = 'usage_vs_baseline'",
    )
    cells = [line.split("│")[-2].strip() for line in printed(published).splitlines() if "│" in line]
    text = " ".join(cell for cell in cells if cell)
    assert "… (-25.0)" in text
    assert text.count("long reason") == 10


def test_quarantined_rows_are_counted_by_rule(published: Path) -> None:
    summary = summarise(published)
    # as landed: one of them lay in four loads
    assert (summary.quarantined, summary.values_set_aside) == (5, 1)
    assert summary.quarantined_rules == [
        QuarantinedRule("tickets", "orphan", 5),
        QuarantinedRule("invoices", "paid before issued", 1, is_value_only=True),
    ]
    short = summarise(published, quarantine_limit=1)
    assert short.quarantined == 5
    assert short.quarantined_rules == [
        QuarantinedRule("tickets", "orphan", 5),
        QuarantinedRule("", "other rules", 1, is_value_only=None),
    ]
    assert "other rules" in printed(published, quarantine_limit=1)


def test_the_places_and_the_next_command_are_named(published: Path) -> None:
    summary = summarise(published, next_command="make dashboard COMPANY=mine")
    assert summary.marts == str(published)  # through the link, as a reader opens it
    assert summary.parquet == str(published.parent / "parquet")
    assert summary.next_command == "make dashboard COMPANY=mine"


def test_json_holds_the_whole_summary(published: Path) -> None:
    told = json.loads(to_json(summarise(published)))
    assert told["as_of_date"] == "2025-07-05"
    assert told["segments"][1]["bands"] == {"healthy": 1, "fair": 1, "unhealthy": 0}
    assert told["drops"][1]["reason"] == "use of 300, was 900"
    assert told["quarantined_rules"][0] == {
        "source_table": "tickets",
        "rule": "orphan",
        "rows": 5,
        "is_value_only": False,
    }


def test_the_printed_tables_show_what_a_person_looks_for(published: Path) -> None:
    text = printed(published)
    assert "4 of 5 accounts scored as of 2025-07-05, 1 unscored" in text
    assert "coverage 0.2 is below 0.5" in text
    assert "use of 300, was 900 (-25.0)" in text
    assert "5 rows quarantined, 1 row without a value that was" in text
    assert str(published) in text
    assert "tickets 3" in text
    assert "make dagster" in text


def test_unlisted_values_stand_with_their_rows_and_the_line_to_add(published: Path) -> None:
    text = printed(published)
    assert "tickets.priority: critical (12 rows), blocker (2 rows)" in text
    line = 'reading: {values: {tickets.priority: {"critical": other, "blocker": other}}}'
    assert line in text
    Reading.model_validate(yaml.safe_load(line)["reading"])
    # what would become a number is not guessed: the line is refused until one is chosen
    line = 'reading: {values: {subscriptions.billing_period: {"half_year": month|quarter|year}}}'
    assert line in text
    with pytest.raises(ValidationError, match="is no value of subscriptions"):
        Reading.model_validate(yaml.safe_load(line)["reading"])


def test_names_are_printed_as_they_are_and_command_nothing(tmp_path: Path) -> None:
    wild = "\x1b[2J" + "N" * 100_000
    published = make_published(
        tmp_path,
        ROWS + f"update marts.dim_accounts set account_name = '{wild}' where account_id = 'falls';",
    )
    text = printed(published)
    assert "[red]Capped[/red]" in text
    assert "\x1b" not in text
    assert len(text) < 20_000
    assert json.loads(to_json(summarise(published)))["drops"][1]["account_name"] == wild


def test_empty_marts_are_said_in_words(tmp_path: Path) -> None:
    published = make_published(tmp_path, "")
    summary = summarise(published)
    assert (summary.as_of_date, summary.scored, summary.segments) == (None, 0, [])
    text = printed(published)
    assert "No account was scored" in text
    assert "No row was quarantined." in text


def test_checks_that_warned_are_named_shortly(published: Path) -> None:
    assert "Warned" not in printed(published)
    names = [f"check_{number}" for number in range(9)]
    manifest = published.resolve().parent / "manifest.json"
    manifest.write_text(json.dumps({"checks_warned": names}))
    assert "Warned: check_0, check_1" in printed(published)
    assert "check_5 and 3 more. See the lines above, and expectations.html" in printed(published)


def test_nothing_published_yet_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HealthError, match="make refresh"):
        summarise(tmp_path / "current" / "customer_health.duckdb")
