"""The page works offline, shows what blocked first, and nothing of a personal column."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from orchestration.expectations.checks import Check, Result, in_words, limit, measured
from orchestration.expectations.history import History
from orchestration.expectations.page import Heading, page

SECRET = 0.123456
RESULTS = [
    Result(
        Check("raw_tickets_rows", "tickets", "volume", "rows", 9.0, "rows", low=1.0), "passed"
    ),
    Result(
        Check(
            "raw_usage_events_volume", "usage_events", "volume", "rows on 2026-02-04", 19.0, "rows",
            low=41.5, high=332.0, usual=83.0, is_strict=True, is_blocking=True,
        ),
        "blocked",
    ),
    Result(
        Check(
            "raw_users_email_nulls", "users", "values", "share of rows without email", SECRET,
            "share", high=0.05, usual=0.01, is_blocking=False, is_personal=True,
        ),
        "warned",
    ),
    Result(
        Check("marts_mean_score_large", "fct_account_health", "scores", "mean", 70.0, "points",
              low=50.0, high=70.0, usual=60.0),
        "warned", acknowledged="meant",
    ),
    Result(Check("raw_staff_check_ran", "staff", "shape", "<b>checks</b>"), "blocked",
           error="IOError: planted <script>"),
    Result(Check("raw_staff_lag", "staff", "freshness", "days", 3.0, "days", not_judged="no limit"),
           "not_judged"),
]  # fmt: skip
HEADING = Heading("Acme & Sons", "r7", datetime(2026, 2, 5, 4, tzinfo=UTC), ("raw",))


class Reader(HTMLParser):
    """Collects what could make a request, and the text of each row."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[tuple] = []
        self.rows: list[list[str]] = []
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        asking = {"src", "href", "srcset", "data", "action", "xlink:href", "poster"}
        if tag in {"script", "link", "iframe", "img", "object", "base"} or asking & {
            name for name, _ in attributes
        }:
            self.requests.append((tag, attributes))
        if tag == "tr":
            self.rows.append([])
        if tag not in {"meta", "col", "path", "rect", "circle"}:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"path", "rect", "circle"}:
            assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.rows and "tr" in self.opened:
            self.rows[-1].append(data)


def history() -> History:
    lines = [
        {"refresh_id": f"r{number}", "check": name, "value": value}
        for number in range(5)
        for name, value in (("raw_usage_events_volume", 80), ("raw_users_email_nulls", SECRET))
    ]
    return History.of(lines)


@pytest.fixture(scope="module")
def html() -> str:
    return page(HEADING, RESULTS, history())


def test_the_page_asks_no_host_and_runs_no_script(html):
    reader = Reader()
    reader.feed(html)
    assert reader.requests == [] and reader.opened == []
    assert not re.search(r"https?:|//\w|@import|url\(|javascript:", html)


def test_what_blocked_stands_first_then_what_warned(html):
    reader = Reader()
    reader.feed(html)
    states = [row[0] for row in reader.rows if row and row[0] != "State"]
    assert states[:4] == ["blocked", "blocked", "warned", "warned, acknowledged as meant"]
    assert html.index("What needs a look") < html.index("Everything, by table")
    assert "nothing was published, readers keep the last version" in html


def test_a_row_says_what_was_measured_against_which_limit(html):
    reader = Reader()
    reader.feed(html)
    row = next(row for row in reader.rows if "raw_usage_events_volume" in row)
    assert "19 rows (usually 83 rows; -77%)" in row
    assert "more than 41.5 rows, less than 332 rows" in row
    assert any("rows on 2026-02-04; blocks" in cell for cell in row)


def test_history_is_a_line_with_its_limits_behind(html):
    assert html.count('aria-label="6 values, the last 19"') == 2  # both lists
    assert "<rect" in html


def test_text_of_checks_is_inert(html):
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "Acme &amp; Sons" in html and "<b>checks</b>" not in html


def test_of_a_personal_column_no_figure_is_shown(html):
    assert "raw_users_email_nulls" in html and "not shown (personal)" in html
    for figure in ("12.3", "0.123", "5.0%", "1.0%"):
        assert figure not in html
    (result,) = [r for r in RESULTS if r.check.is_personal]
    assert not re.search(r"\d", in_words(result).split(":", 1)[1])


@pytest.mark.parametrize(
    "check, words, bound",
    [
        (Check("c", "t", "g", "", 0.25, "share", usual=0.05, high=0.2),
         "25.0% (usually 5.0%; +20.0 points)", "at most 20.0%"),
        (Check("c", "t", "g", "", 12345.6, "rows", usual=12345.6), "12,346 rows (as usual)",
         "none"),
        (Check("c", "t", "g", "", 5.0, "", usual=0.0, low=0.0), "5 (usually 0; +5)", "at least 0"),
        (Check("c", "t", "g", ""), "nothing to measure", "none"),
        (Check("c", "t", "g", "", columns=("a", "x"), expected_columns=("a", "b")),
         "missing: b; unknown: x", "2 columns"),
    ],
)  # fmt: skip
def test_figures_in_words(check, words, bound):
    assert (measured(check), limit(check)) == (words, bound)


def test_without_anything_to_look_at_the_page_says_so():
    assert "<p>Nothing.</p>" in page(HEADING, RESULTS[:1], History())
