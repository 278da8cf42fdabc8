"""The summary of a refresh, from a small published file whose figures are counted by hand."""

import io
import json
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration.errors import HealthError
from orchestration.summary import (
    Drop,
    Late,
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
    create table marts.quality_sources (
        source_table varchar, refresh_id varchar, late_count bigint
    );
    create table marts.dim_accounts (account_id varchar, account_name varchar);
    create table marts.quality_quarantine (
        source_table varchar, row_key varchar, rule varchar, occurrence_count integer
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
    insert into marts.quality_sources values
        ('tickets', '1', 9), ('tickets', '2', 3), ('invoices', '2', 0);
    insert into marts.quality_quarantine values
        ('tickets', '1', 'orphan', 1), ('tickets', '2', 'orphan', 4),
        ('invoices', '7', 'due before issued', 1);
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
            "owner_unhappy",
            -51,
            "capped by the knock-out owner_unhappy",
        ),
        # not NPS, which fell most since 22 June
        Drop(
            "falls",
            "Falls & Co",
            "small",
            "fair",
            60,
            -30,
            "usage_vs_baseline",
            -25,
            "use of 300 against 900",
        ),
    ]


def test_the_drops_are_limited(published: Path) -> None:
    assert [drop.account_id for drop in summarise(published, drop_limit=1).drops] == ["capped"]


def drop_of(
    folder: Path,
    scores: tuple[float, float],
    indicators: str,
    *,
    now: str = "null, 40, 'starter', 1",
    before: str = "null, 90, 'starter', 1",
) -> Drop:
    """One account's drop: its weighted scores then and now, its indicators as rows of SQL.

    `before` and `now` are knock-out, computed score, scorecard and version.
    """
    then_score, now_score = scores
    published = make_published(
        folder,
        f"""
        insert into marts.fct_account_health (
            account_id, as_of_date, segment_id, weighted_score, knock_out_id, computed_score,
            scorecard_id, scorecard_version, score, band, is_scored, score_change, is_latest,
            is_provisional
        ) values
            ('a', '2025-06-29', 's', {then_score}, {before}, 90, 'healthy', true, 0, false, false),
            ('a', '2025-07-06', 's', {now_score}, {now}, 40, 'fair', true, -50, true, false);
        insert into marts.fct_indicator_scores (
            account_id, as_of_date, indicator_id, effective_weight, indicator_score, reason, weight
        ) values {indicators};
        """,
    )
    (drop,) = summarise(published).drops
    return drop


def because(drop: Drop) -> tuple[str | None, float | None, str]:
    points = drop.reason_points
    return drop.reason_id, points if points is None else round(points, 6), drop.reason


def test_an_indicator_costs_what_its_own_score_lost_at_its_weight_of_now(tmp_path: Path) -> None:
    # usage 80 % x (25 - 100) = -60; the contribution of nps fell most (50 to 0), for its weight
    # moved to usage, and its own score rose
    drop = drop_of(
        tmp_path,
        (100, 40),
        """
        ('a', '2025-06-29', 'usage', 20, 100, 'use of 900', 20),
        ('a', '2025-07-06', 'usage', 80, 25, 'use of 300', 20),
        ('a', '2025-06-29', 'nps', 80, 99, 'NPS of 98', 80),
        ('a', '2025-07-06', 'nps', 20, 100, 'NPS of 100', 80)
        """,
    )
    assert because(drop) == ("usage", -60, "use of 300")


def test_an_indicator_that_came_in_costs_what_it_lies_below_the_score_before(
    tmp_path: Path,
) -> None:
    # active_days 20 % x (0 - 90) = -18; recency 80 % x (75 - 90) = -12, though its contribution
    # fell from 90 to 60
    drop = drop_of(
        tmp_path,
        (90, 60),
        """
        ('a', '2025-06-29', 'recency', 100, 90, '3 days', 80),
        ('a', '2025-07-06', 'recency', 80, 75, '32 days', 80),
        ('a', '2025-06-29', 'active_days', null, null, 'too new', 20),
        ('a', '2025-07-06', 'active_days', 20, 0, '0 active days', 20)
        """,
    )
    assert because(drop) == ("active_days", -18, "0 active days")


def test_an_indicator_that_went_out_costs_what_it_lay_above_the_score_now(tmp_path: Path) -> None:
    # nps 60 % x (40 - 100) = -36; csat has not changed
    drop = drop_of(
        tmp_path,
        (76, 40),
        """
        ('a', '2025-06-29', 'nps', 60, 100, 'NPS of 100', 60),
        ('a', '2025-07-06', 'nps', null, null, 'asked, and nobody answered', 60),
        ('a', '2025-06-29', 'csat', 40, 40, 'CSAT of 4', 40),
        ('a', '2025-07-06', 'csat', 100, 40, 'CSAT of 4', 40)
        """,
    )
    assert because(drop) == ("nps", -36, "nps no longer counts: asked, and nobody answered")


def test_an_indicator_without_a_row_now_no_longer_counts(tmp_path: Path) -> None:
    drop = drop_of(
        tmp_path,
        (76, 40),
        """
        ('a', '2025-06-29', 'nps', 60, 100, 'NPS of 100', 60),
        ('a', '2025-06-29', 'csat', 40, 40, 'CSAT of 4', 40),
        ('a', '2025-07-06', 'csat', 100, 40, 'CSAT of 4', 40)
        """,
    )
    assert because(drop) == ("nps", -36, "nps no longer counts")


def test_weight_that_moves_blames_no_indicator(tmp_path: Path) -> None:
    # a good answer is gone, and what it pulled up shows: csat itself rose by 5 points
    drop = drop_of(
        tmp_path,
        (70, 45),
        """
        ('a', '2025-06-29', 'nps', 50, 100, 'NPS of 100', 50),
        ('a', '2025-07-06', 'nps', null, null, 'not collected', 50),
        ('a', '2025-06-29', 'csat', 50, 40, 'CSAT of 4.0', 50),
        ('a', '2025-07-06', 'csat', 100, 45, 'CSAT of 4.5', 50)
        """,
    )
    assert because(drop) == ("nps", -27.5, "nps no longer counts: not collected")


@pytest.mark.parametrize("then", ["'canteen', 3", "'shop', 1"])
def test_another_scorecard_is_the_reason_before_all_others(tmp_path: Path, then: str) -> None:
    drop = drop_of(
        tmp_path,
        (90, 50),
        """
        ('a', '2025-06-29', 'nps', 100, 90, 'NPS of 80', 100),
        ('a', '2025-07-06', 'nps', 100, 50, 'NPS of 0', 100)
        """,
        before=f"null, 90, {then}",
        now="'silent', 40, 'shop', 2",
    )
    scorecard, version = then.replace("'", "").split(", ")
    reason = f"now judged by scorecard shop version 2 (before: {scorecard} version {version})"
    assert because(drop) == (None, None, reason)
    assert drop.score_change == -50


def test_a_cap_is_the_reason_where_it_took_more_than_any_indicator(tmp_path: Path) -> None:
    indicators = """
        ('a', '2025-06-29', 'nps', 100, 90, 'NPS of 80', 100),
        ('a', '2025-07-06', 'nps', 100, 60, 'NPS of 20', 100)
        """
    # the indicator took 30; the cap 20, then 35
    drop = drop_of(tmp_path / "1", (90, 60), indicators, now="'silent', 40, 'starter', 1")
    assert because(drop) == ("nps", -30, "NPS of 20")
    drop = drop_of(tmp_path / "2", (90, 60), indicators, now="'silent', 25, 'starter', 1")
    assert because(drop) == ("silent", -35, "capped by the knock-out silent")


def test_what_is_no_part_of_the_score_is_never_the_reason(tmp_path: Path) -> None:
    drop = drop_of(
        tmp_path,
        (90, 80),
        """
        ('a', '2025-06-29', 'nps', 100, 90, 'NPS of 80', 100),
        ('a', '2025-07-06', 'nps', 100, 80, 'NPS of 60', 100),
        ('a', '2025-06-29', 'renewal', 50, 100, 'in 300 days, not part of the score', null),
        ('a', '2025-07-06', 'renewal', 50, 0, 'in 3 days, not part of the score', null)
        """,
    )
    assert because(drop) == ("nps", -10, "NPS of 60")


def test_a_drop_without_a_falling_indicator_says_so(tmp_path: Path) -> None:
    drop = drop_of(
        tmp_path,
        (90, 90),
        """
        ('a', '2025-06-29', 'nps', 100, 90, 'NPS of 80', 100),
        ('a', '2025-07-06', 'nps', 100, 90, 'NPS of 80', 100)
        """,
        now="null, 90, 'starter', 1",
    )
    assert because(drop) == (
        None,
        None,
        "no indicator lost points: an override began, or one that helped has ended",
    )


def test_a_long_reason_is_cut_and_keeps_its_points(tmp_path: Path) -> None:
    published = make_published(
        tmp_path,
        ROWS
        + "update marts.fct_indicator_scores set reason = repeat('long reason, ', 30) "
        + "where indicator_id = 'usage_vs_baseline'",
    )
    cells = [line.split("│")[-2].strip() for line in printed(published).splitlines() if "│" in line]
    text = " ".join(cell for cell in cells if cell)
    assert "… (-25.0)" in text
    assert text.count("long reason") == 10


def test_quarantined_rows_are_counted_by_rule(published: Path) -> None:
    summary = summarise(published)
    assert summary.quarantined == 6  # as landed: one of them lay in four loads
    assert summary.quarantined_rules == [
        QuarantinedRule("tickets", "orphan", 5),
        QuarantinedRule("invoices", "due before issued", 1),
    ]
    short = summarise(published, quarantine_limit=1)
    assert short.quarantined == 6
    assert short.quarantined_rules == [QuarantinedRule("tickets", "orphan", 5)]
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
    assert told["drops"][1]["reason"] == "use of 300 against 900"
    assert told["quarantined_rules"][0] == {"source_table": "tickets", "rule": "orphan", "rows": 5}


def test_the_printed_tables_show_what_a_person_looks_for(published: Path) -> None:
    text = printed(published)
    assert "4 of 5 accounts scored as of 2025-07-05, 1 unscored" in text
    assert "coverage 0.2 is below 0.5" in text
    assert "use of 300 against 900 (-25.0)" in text
    assert "6 rows quarantined" in text
    assert str(published) in text
    assert "tickets 3" in text
    assert "make dagster" in text


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
    assert "check_5 and 3 more. See expectations.html beside the marts." in printed(published)


def test_nothing_published_yet_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HealthError, match="make refresh"):
        summarise(tmp_path / "current" / "customer_health.duckdb")
