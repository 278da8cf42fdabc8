"""The generated companies, and the ways to their figures that this project is measured against.

All on a company of a few accounts. That this project comes to the same rows is checked by the
measurement itself (`make bench`).
"""

import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import date

import duckdb
import pytest

from benchmarks.scale import agree, figures, limit, page, usual
from benchmarks.scale.figures import Figure
from benchmarks.scale.generate import generate
from benchmarks.scale.measure import measure
from benchmarks.scale.sizes import FIRST_LOAD, SECOND_LOAD, SIZES, Size
from orchestration.base.settings import load_settings
from orchestration.company.company import load_company
from orchestration.scorecards.lint import require_valid

TINY = Size("tiny", 60, 60_000, 600, 600, 900, 150)
FIRST, SECOND = f"company/landed/{FIRST_LOAD}", f"next_day/{SECOND_LOAD}"
FIGURE = Figure(
    *("2026-01-01", "abc1234", 2, 0.1, "S", 400, 2000, 1_000_000, "limit", "full", 2.0, 2.5, 300)
)


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scale") / "company"
    generate(TINY, folder)
    return folder


@pytest.fixture(scope="module")
def rows(company):
    """Rows of the first load and of the day after it: the limit's, and the usual ones."""
    out = company / "rows"
    first, next_day = company / "company", company / SECOND
    limit.full(first, out / "limit" / "state", out / "limit" / "full")
    limit.day(first, out / "limit" / "state", out / "limit" / "day", next_day)
    usual.run(first, out / "usual" / "full")
    usual.run(first, out / "usual" / "day", next_day)
    return out


def value(query):
    return duckdb.sql(query).fetchone()[0]


def test_a_generated_company_is_the_same_every_time(company, tmp_path):
    again = tmp_path / "again"
    generate(TINY, again, threads=1)
    names = sorted(path.relative_to(company) for path in company.glob("*/**/*.parquet"))
    names = [name for name in names if name.parts[0] != "rows"]
    assert len(names) == 12
    for name in names:
        here, there = f"'{company / name}'", f"'{again / name}'"
        for one, other in ((here, there), (there, here)):
            assert value(f"select count(*) from (from {one} except all from {other})") == 0, name
        assert value(f"select count(*) from {here}") > 0, name
    for name in ("company/company.yml", "company/scorecards/scorecard_tiers.csv"):
        assert (company / name).read_bytes() == (again / name).read_bytes()


def test_the_company_and_its_scorecard_are_accepted(company):
    loaded = load_company(company / "company")
    assert loaded.id == "scale_tiny_150"
    assert not require_valid(loaded.scorecards, load_settings({}).catalogue_dir)


def test_the_events_hold_what_they_are_there_for(company):
    events = f"'{company / FIRST}/usage_events.parquet'"
    assert abs(value(f"select count(*) from {events}") - TINY.events) < TINY.events / 100
    assert value(f"select count(*) - count(distinct event_id) from {events}") > 0
    late = "arrived_at > occurred_at + interval 35 days"
    assert value(f"select count(*) from {events} where {late}") > 0
    assert value(f"select count(*) from {events} where quantity < 0") > 0
    accounts = f"select count(*) as n from {events} group by account_id"
    assert value(f"select max(n) / median(n) from ({accounts})") > 3
    assert value(f"select count(*) from ({accounts})") > TINY.accounts * 0.9


def test_the_next_day_brings_news_repeats_and_latecomers(company):
    first, second = company / FIRST, company / SECOND
    assert {path.stem for path in second.iterdir()} == {
        *("usage_events", "survey_responses", "tickets", "invoices")
    }
    events = f"'{second}/usage_events.parquet'"
    known = f"(select event_id from '{first}/usage_events.parquet')"
    assert value(f"select count(*) from {events} where event_id in {known}") > 0
    assert value(f"select count(*) from {events} where occurred_at < date '2025-05-20'") > 0
    for table, key in (("tickets", "ticket_id"), ("invoices", "invoice_id")):
        before, after = f"'{first}/{table}.parquet'", f"'{second}/{table}.parquet'"
        gone = f"select count(*) from {before} where {key} not in (select {key} from {after})"
        assert value(gone) == 0, "a snapshot is whole"
        assert value(f"select count(*) from (from {before} except from {after})") > 0
        assert value(f"select count(*) from {after}") > value(f"select count(*) from {before}")


def test_a_shorter_history_has_as_much_on_each_day():
    short = SIZES["M"].with_history(80)
    assert (short.accounts, short.events, short.invoices) == (20_000, 4_000_000, 60_000)
    assert (short.first_day, short.folder) == (date(2025, 4, 11), "M-80")


@pytest.mark.parametrize("run", ["full", "day"])
def test_the_usual_formulation_comes_to_the_rows_of_the_limit(rows, run):
    count, examples = agree.differing_rows(rows / "limit" / run, rows / "usual" / run)
    assert count == 0, "\n".join(examples)


def test_polars_comes_to_the_rows_of_the_limit(company, rows, tmp_path):
    from benchmarks.scale import polars_run

    first = company / "company"
    polars_run.full(first, tmp_path / "state", tmp_path / "full")
    polars_run.day(first, tmp_path / "state", tmp_path / "day", company / SECOND)
    for run in ("full", "day"):
        count, examples = agree.differing_rows(rows / "limit" / run, tmp_path / run)
        assert count == 0, "\n".join(examples)


def test_what_the_ways_agree_on_is_worth_something(rows):
    indicators = f"'{rows}/limit/full/indicator_rows.parquet'"
    statuses = duckdb.sql(f"select distinct status from {indicators}").fetchall()
    assert {status for (status,) in statuses} >= {
        *("measured", "not_applicable", "too_new", "no_response")
    }
    methods = duckdb.sql(f"select distinct method from {indicators}").fetchall()
    assert {method for (method,) in methods} >= {*("tiers", "linear", "percentile", "own_baseline")}
    accounts = f"'{rows}/limit/full/account_rows.parquet'"
    assert value(f"select count(distinct as_of_date) from {accounts}") == 21
    assert value(f"select count(distinct band) from {accounts}") == 3
    assert value(f"select count(knock_out_id) from {accounts}") > 0
    assert value(f"select count(*) from '{rows}/limit/state/late_weeks.parquet'") > 0
    newest = value(f"select max(as_of_date) from '{rows}/limit/day/account_rows.parquet'")
    assert newest == date(2025, 6, 30)


def test_a_known_key_with_another_content_is_refused(company, rows, tmp_path):
    next_day = tmp_path / SECOND_LOAD
    shutil.copytree(company / SECOND, next_day)
    known = f"(select event_id from '{company / FIRST}/usage_events.parquet')"
    duckdb.sql(f"""
        copy (
            select * replace (
                if(event_id in {known}, occurred_at - interval 3 days, occurred_at) as occurred_at
            ) from '{company / SECOND}/usage_events.parquet'
        ) to '{next_day}/usage_events.parquet'
    """)
    state = tmp_path / "state"
    shutil.copytree(rows / "limit" / "state", state)
    with pytest.raises(AssertionError, match="two contents"):
        limit.day(company / "company", state, tmp_path / "out", next_day)


def test_a_row_that_differs_is_found(rows, tmp_path):
    limit_rows = rows / "limit" / "full"
    for change, expected in (("contribution + 1e-8", 1), ("contribution + 1e-10", 0)):
        other = tmp_path / change[-2:]
        other.mkdir()
        indicators = f"'{limit_rows}/indicator_rows.parquet'"
        duckdb.sql(f"""
            copy (
                select * replace (
                    if(row_number() over (order by contribution desc) = 1, {change}, contribution)
                    as contribution
                ) from {indicators}
            ) to '{other}/indicator_rows.parquet'
        """)
        accounts = (limit_rows / "account_rows.parquet").read_bytes()
        (other / "account_rows.parquet").write_bytes(accounts)
        assert agree.differing_rows(limit_rows, other)[0] == expected


def test_a_program_is_measured_and_ended_when_its_time_is_over():
    done = measure(["python3", "-c", "print(sum(range(3_000_000)))"])
    assert (done.exit_code, done.output) == (0, "4499998500000\n")
    assert 0 < done.cpu_seconds < 10 and done.memory_mb > 1
    ended = measure(["sleep", "60"], most_seconds=0.2)
    assert ended.is_ended and ended.wall_seconds < 30


def test_a_run_replaces_its_row_of_the_same_commit(tmp_path):
    file = tmp_path / "scale.csv"
    other_run = replace(FIGURE, run="day")
    later = replace(FIGURE, commit="def5678", cpu_seconds=1.0)
    for figure in (FIGURE, other_run, later, replace(FIGURE, cpu_seconds=3.0)):
        figures.add(figure, file)
    read = figures.read(file)
    assert [(one.commit, one.run, one.cpu_seconds) for one in read] == [
        ("abc1234", "day", 2.0),
        ("def5678", "full", 1.0),
        ("abc1234", "full", 3.0),
    ]
    assert figures.newest(read)[FIGURE.key].cpu_seconds == 3.0
    assert read[0] == other_run


def test_the_plot_shows_every_figure():
    project = replace(FIGURE, contender="project", cpu_seconds=120.0, fixed_cpu_seconds=40.0)
    drawn = ElementTree.fromstring(page.plot([FIGURE, project]))
    texts = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"the limit", "this project", "2.00 s", "120 s"} <= set(texts)
    widths = [float(bar.get("width")) for bar in drawn.iter("{http://www.w3.org/2000/svg}rect")]
    _, of_limit, of_project, fixed = widths
    assert of_limit < fixed < of_project
