"""Every planted fault is caught by the expectation that is named for it, and by no other."""

import shutil
from datetime import date, timedelta

import pytest

from orchestration.base.errors import Blocked
from orchestration.expectations import raw_suite
from orchestration.expectations.checks import in_words
from orchestration.expectations.gate import require_passed
from orchestration.expectations.validation import plain_verdicts, validate
from orchestration.landing.loads import ACTS, Load
from tests.support.gate import BEGUN, Zone, of_status

TOMORROW = BEGUN + timedelta(days=1)
FOURFOLD = (
    "insert into raw.usage_events "
    "select events.* replace (events.event_id || 'x' || n as event_id) "
    "from raw.usage_events as events, range(3) as times (n) where events._load_number = 2"
)


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Zone:
    """Ten weeks were published."""
    return Zone(tmp_path_factory.mktemp("zone")).begin()


@pytest.fixture
def zone(begun, tmp_path) -> Zone:
    """A copy that a test may add to."""
    return copy_of(begun, tmp_path)


def copy_of(begun: Zone, folder, **tables) -> Zone:
    """With limits of company.yml. The same rule in plain Python judges, where nothing is said."""
    copied = Zone(folder, {"tables": tables} if tables else {}, judge=plainly)
    shutil.copy(begun.build_file, copied.build_file)
    copied.loads = list(begun.loads)
    for lines in begun.history.lines.values():
        for line in lines:
            copied.history.add(line)
    return copied


def test_the_first_refresh_measures_and_blocks_nothing(begun, tmp_path):
    zone = copy_of(begun, tmp_path)
    zone.history.lines.clear()
    zone.history.load_number = 0
    outcome = zone.gate()
    assert of_status(outcome, "blocked") == of_status(outcome, "warned") == []
    assert {"raw_tickets_columns", "raw_tickets_rows"} <= set(of_status(outcome, "passed"))
    assert "raw_usage_events_volume" in of_status(outcome, "not_judged")


def test_an_act_of_the_next_day_makes_no_day_whole(zone):
    zone.load(TOMORROW, {BEGUN: 25, TOMORROW: 3})  # landed in the morning
    zone.publish(zone.gate())
    at = zone.loads[-1].loaded_at + timedelta(days=1)
    zone.loads.append(Load(zone.loads[-1].number + 1, at, ACTS, (), row_counts={}))
    outcome = zone.gate()
    assert of_status(outcome, "blocked") == of_status(outcome, "warned") == []
    assert "raw_usage_events_volume" in of_status(outcome, "not_judged")


def test_a_day_like_the_others_passes(zone):
    outcome = zone.next_day()
    assert of_status(outcome, "blocked") == of_status(outcome, "warned") == []
    judged = set(of_status(outcome, "passed"))
    assert {"raw_usage_events_volume", "raw_tickets_row_count"} <= judged
    assert {"raw_usage_events_module_nulls", "raw_usage_events_module_mix"} <= judged
    assert {"raw_usage_events_duration_seconds_median", "raw_usage_events_lag"} <= judged


def plainly(suites):
    return plain_verdicts(suites), []


def half(day: date) -> dict[date, int]:
    return {day: 12}


BLOCKING = {
    "a column is gone": (
        {}, "alter table raw.tickets drop column satisfaction", "raw_tickets_columns",
    ),
    "a table is empty": (
        {"tickets": 0}, "delete from raw.tickets where _load_number = 2", "raw_tickets_rows",
    ),
    "a state table halves": ({"tickets": 30}, "", "raw_tickets_row_count"),
    "a state table is fourfold": ({"tickets": 240}, "", "raw_tickets_row_count"),
    "everybody's use halves": ({"days": half(BEGUN)}, "", "raw_usage_events_volume"),
    "every event comes four times": ({}, FOURFOLD, "raw_usage_events_volume"),
}  # fmt: skip


@pytest.mark.parametrize("planted, sql, name", BLOCKING.values(), ids=BLOCKING.keys())
def test_what_blocks_is_caught_by_the_expectation_of_that_name(zone, planted, sql, name):
    zone.next_day(**planted)
    zone.judge = validate
    if sql:
        zone.execute(sql)
    outcome = zone.gate()
    assert name in of_status(outcome, "blocked")
    assert set(of_status(outcome, "blocked")) <= {name, "raw_tickets_row_count"}
    with pytest.raises(Blocked, match=f"{name}: "):
        require_passed(outcome)


WARNING = {
    "an extra column": (
        {}, "insert into raw.extra_columns values (2, 'tickets', 'mood', 'tickets.csv')",
        "raw_tickets_new_columns",
    ),
    "a column runs empty": (
        {}, "update raw.usage_events set module = null where _load_number = 2 and module = 'mail'",
        "raw_usage_events_module_nulls",
    ),
    "sessions get longer": ({"seconds": 6000}, "", "raw_usage_events_duration_seconds_p90"),
    "another mix of actions": (
        {}, "update raw.usage_events set action = 'send' where _load_number = 2",
        "raw_usage_events_action_mix",
    ),
    "one account falls silent": (
        {"days": {BEGUN: {"a": 50, "b": 0}}}, "", "raw_usage_events_volume",
    ),
}  # fmt: skip


@pytest.mark.parametrize("planted, sql, name", WARNING.values(), ids=WARNING.keys())
def test_what_warns_is_caught_by_the_expectation_of_that_name(begun, tmp_path, planted, sql, name):
    zone = copy_of(begun, tmp_path)
    if name == "raw_usage_events_volume":
        # one account makes three quarters of the use
        zone.execute("update raw.usage_events set account_id = 'a' where account_id in ('c', 'd')")
        planted = {"days": {BEGUN: {"a": 20, "b": 25}}}
    zone.next_day(**planted)
    zone.judge = validate
    if sql:
        zone.execute(sql)
    outcome = zone.gate()
    assert name in of_status(outcome, "warned") and of_status(outcome, "blocked") == []
    require_passed(outcome)


def test_the_message_says_what_moved_by_how_much_and_what_to_do(zone):
    outcome = zone.next_day(days=half(BEGUN))
    with pytest.raises(Blocked) as stopped:
        require_passed(outcome)
    message = str(stopped.value)
    assert f"rows on {BEGUN}: 48, usually 100: 48% of usual; limit: more than 50% of" in message
    assert "health acknowledge usage_events --as outage" in message
    (block,) = stopped.value.blocks
    assert (block.table, block.since, block.load) == ("usage_events", str(BEGUN), 2)
    assert block.cause == f"usage_events from {BEGUN}"


def test_several_days_in_one_load_are_judged_one_by_one(zone):
    later = BEGUN + timedelta(days=2)
    outcome = zone.next_day(3, days={BEGUN: 25, TOMORROW: 25, later: 10})
    with pytest.raises(Blocked, match=f"rows on {later}: 40, usually 100"):
        require_passed(outcome)


def test_a_feed_that_stops_blocks_as_soon_as_it_is_later_than_usual(zone):
    for _ in range(4):  # from here on its usual lag is known
        zone.publish(zone.next_day())
    day = zone.loads[-1].loaded_at.date()
    zone.next_day(days={})
    zone.execute(f"update raw.tickets set solved_at = '{day}' where _load_number = 6")
    outcome = zone.gate()
    assert of_status(outcome, "blocked") == ["raw_usage_events_volume"]
    (result,) = outcome.of("blocked")
    assert (result.check.value, result.check.block.since) == (0, str(day))


@pytest.mark.parametrize(
    "lag, status", [(3, "passed"), (4, "warned"), (6, "warned"), (7, "blocked")]
)
def test_a_source_that_grows_old_warns_and_then_blocks(begun, tmp_path, lag, status):
    limits = {"tickets": {"allowed_lag_days": 3, "lag_limit_days": 6}}
    zone = copy_of(begun, tmp_path, **limits)
    opened = BEGUN - timedelta(days=lag)
    zone.next_day()
    zone.execute(f"update raw.tickets set opened_at = '{opened}'")
    outcome = zone.gate()
    names = {"passed": "raw_tickets_lag", "warned": "raw_tickets_lag"}
    assert names.get(status, "raw_tickets_lag_limit") in of_status(outcome, status)


def test_a_limit_of_company_yml_counts_and_is_not_widened(begun, tmp_path):
    zone = copy_of(begun, tmp_path, usage_events={"shrink_limit_ratio": 0.1})
    outcome = zone.next_day(days={BEGUN: 22})
    assert of_status(outcome, "blocked") == ["raw_usage_events_volume"]
    zone = copy_of(begun, tmp_path / "rows", tickets={"shrink_limit_ratio": 0.9})
    assert of_status(zone.next_day(tickets=10), "blocked") == []


def test_a_stated_share_of_empty_values_blocks(begun, tmp_path):
    limits = {"usage_events": {"null_limit_ratios": {"module": 0.15, "user_id": 1}}}
    outcome = copy_of(begun, tmp_path, **limits).next_day()
    assert of_status(outcome, "blocked") == ["raw_usage_events_module_nulls"]


def test_an_exception_in_a_check_is_a_failure_that_can_not_be_acknowledged(zone, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("planted")

    zone.next_day()
    monkeypatch.setattr(raw_suite, "volume_check", broken)
    outcome = zone.gate()
    assert of_status(outcome, "blocked") == ["usage_events_check_ran"]
    with pytest.raises(Blocked, match="ZeroDivisionError: planted") as stopped:
        require_passed(outcome)
    assert stopped.value.blocks == ()


def test_what_great_expectations_raises_is_a_failure(zone, monkeypatch):
    from orchestration.expectations import validation

    whole = validation._frame
    monkeypatch.setattr(
        validation,
        "_frame",
        lambda part, some: whole(part, some).drop(columns="raw_tickets_rows", errors="ignore"),
    )
    zone.judge = validate
    outcome = zone.next_day()
    assert of_status(outcome, "blocked") == ["raw_tickets_rows"]
    assert "does not exist" in in_words(outcome.of("blocked")[0])


def test_a_judge_that_fails_blocks_everything(zone, monkeypatch):
    def broken(_):
        raise ImportError("planted")

    zone.judge = broken
    outcome = zone.next_day()
    assert of_status(outcome, "blocked")[0] == "great_expectations_check_ran"
    assert "raw_tickets_rows" in of_status(outcome, "blocked")


# What an operator said


def test_an_acknowledged_outage_passes_warns_while_it_goes_on_and_ends_by_itself(zone):
    zone.next_day(days=half(BEGUN))
    zone.note("usage_events", "outage", BEGUN)
    outcome = zone.gate()
    assert of_status(outcome, "blocked") == []
    assert of_status(outcome, "warned") == ["raw_usage_events_outage"]
    assert [block.table for block in outcome.standing] == ["usage_events"]
    zone.publish(outcome)
    outcome = zone.next_day(days=half(TOMORROW))
    assert of_status(outcome, "blocked") == []  # the same outage
    zone.publish(outcome)
    outcome = zone.next_day()
    assert of_status(outcome, "blocked") == of_status(outcome, "warned") == []
    zone.publish(outcome)
    outcome = zone.next_day(days=half(BEGUN + timedelta(days=3)))
    assert of_status(outcome, "blocked") == ["raw_usage_events_volume"]  # another one


def test_what_is_meant_is_the_measure_from_then_on(zone):
    zone.next_day(days=half(BEGUN))
    zone.note("usage_events", "meant", BEGUN)
    outcome = zone.gate()
    assert of_status(outcome, "blocked") == of_status(outcome, "warned") == []
    zone.publish(outcome)
    for week in range(6):
        days = {TOMORROW + timedelta(days=7 * week + number): 12 for number in range(7)}
        outcome = zone.next_day(7, days=days)
        assert of_status(outcome, "blocked") == [], week
        zone.publish(outcome)
    (check,) = [r.check for r in outcome.results if r.name == "raw_usage_events_volume"]
    assert "336, usually 336" in check.what  # of a week: four accounts, twelve events, seven days
    days = {TOMORROW + timedelta(days=42 + number): 5 for number in range(7)}
    outcome = zone.next_day(7, days=days)
    assert of_status(outcome, "blocked") == ["raw_usage_events_volume"]


def test_a_holiday_that_is_meant_is_no_measure_and_the_next_fall_is_noticed(zone):
    zone.next_day(days=half(BEGUN))
    zone.note("usage_events", "meant", BEGUN)
    zone.publish(zone.gate())
    for number in range(1, 7):
        outcome = zone.next_day(days={BEGUN + timedelta(days=number): 25})
        assert of_status(outcome, "blocked") == []
        zone.publish(outcome)
    outcome = zone.next_day(days=half(BEGUN + timedelta(days=7)))
    assert of_status(outcome, "blocked") == ["raw_usage_events_volume"]  # the same weekday


def test_a_snapshot_that_is_meant_passes_and_the_next_is_compared_with_it(zone):
    zone.next_day(tickets=20)
    zone.note("tickets", "meant")
    outcome = zone.gate()
    assert of_status(outcome, "blocked") == []
    zone.publish(outcome)
    assert of_status(zone.next_day(tickets=20), "blocked") == []
    assert of_status(zone.next_day(tickets=9), "blocked") == ["raw_tickets_row_count"]


def test_an_answer_to_a_lag_holds_until_something_newer_comes(begun, tmp_path):
    zone = copy_of(begun, tmp_path, tickets={"allowed_lag_days": 0, "lag_limit_days": 0})
    outcome = zone.next_day()
    assert of_status(outcome, "blocked") == ["raw_tickets_lag_limit"]
    (block,) = [r.check.block for r in outcome.of("blocked")]
    zone.answers = {block.cause: {"meaning": "outage", "measured": block.measured}}
    assert "raw_tickets_lag_limit" in of_status(zone.gate(), "warned")
    zone.publish(zone.gate())
    assert of_status(zone.next_day(), "blocked") == []  # nothing newer came: the same cause
    zone.execute(f"update raw.tickets set solved_at = '{TOMORROW - timedelta(days=1)}'")
    assert of_status(zone.gate(), "blocked") == ["raw_tickets_lag_limit"]


def test_more_than_a_fifth_of_unlisted_values_blocks_with_the_line_to_add(zone):
    # 12 of 60 tickets are a fifth
    zone.load(BEGUN + timedelta(days=1), {})
    zone.execute(
        "update raw.tickets set priority = 'Critical' where _load_number = 2 and "
        "ticket_id in (select 't' || i from range(12) as numbers (i))"
    )
    assert "raw_tickets_priority_unlisted" in of_status(zone.gate(), "passed")
    zone.execute(
        "update raw.tickets set priority = 'zoe@example.org' "
        "where _load_number = 2 and ticket_id = 't12'"
    )
    outcome = zone.gate()
    assert of_status(outcome, "blocked") == ["raw_tickets_priority_unlisted"]
    with pytest.raises(Blocked) as blocked:
        require_passed(outcome)
    message = str(blocked.value)
    assert "tickets.priority: Critical (12 rows), (personal) (1 row)): 21.7%" in message
    assert 'reading: {values: {tickets.priority: {"Critical": other, "(personal)": other}}}' in (
        message
    )
