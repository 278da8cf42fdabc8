"""What is learned from history, and what of history counts."""

from datetime import UTC, datetime

import pytest

from orchestration.expectations import history as histories
from orchestration.expectations.checks import Check, Result
from orchestration.expectations.history import History
from orchestration.expectations.limits import difference, learned, widened

NOBODY = (False, False)


def test_a_blocking_limit_is_the_stated_one_around_the_median():
    assert widened([90, 100, 100, 110], 0.5, 3.0, is_stated=NOBODY) == (100, 50, 400)


def test_a_blocking_limit_is_as_wide_as_the_values_have_been_unless_it_is_stated():
    history = [100, 100, 100, 20, 900]
    _, low, high = widened(history, 0.5, 3.0, is_stated=NOBODY)
    assert 19.9 < low < 20 and 900 < high < 900.1
    assert widened(history, 0.5, 3.0, is_stated=(True, True))[1:] == (50, 400)
    assert widened([20] + [100] * 8, 0.5, 3.0, is_stated=NOBODY)[1] == 50  # long ago


def test_a_warning_limit_is_the_stated_one_until_eight_refreshes_were_published():
    assert learned([0.1] * 7, 0.2, 0.05) == pytest.approx((0.1, -0.1, 0.3))


def test_a_warning_limit_then_follows_the_spread_and_never_falls_below_its_floor():
    assert learned([0.1] * 8, 0.2, 0.05) == pytest.approx((0.1, 0.05, 0.15))
    usual, low, high = learned([90, 110] * 4, 5, 1)
    assert (usual, high - usual) == (100, pytest.approx(4 * 1.4826 * 10))
    assert usual - low == pytest.approx(high - usual)


def test_one_wild_value_does_not_teach():
    assert learned([0.1] * 9 + [0.9], 0.2, 0.05) == pytest.approx((0.1, 0.05, 0.15))


@pytest.mark.parametrize(
    "now, usual, expected",
    [
        ({"a": 1.0}, {"a": 1.0}, 0.0),
        ({"a": 1.0}, {"b": 1.0}, 1.0),
        ({"a": 0.5, "b": 0.5}, {"a": 0.7, "b": 0.3}, 0.2),
    ],
)
def test_the_difference_of_two_mixes(now, usual, expected):
    assert difference(now, usual) == pytest.approx(expected)


# History


def line(refresh: str, value: float, **more: object) -> dict:
    return {"refresh_id": refresh, "check": "c", "value": value, **more}


def test_only_published_refreshes_count(tmp_path):
    at = datetime(2026, 1, 31, tzinfo=UTC)
    histories.append(tmp_path, [line("r1", 1, load=1), line("r2", 2, load=2)], at)
    histories.append(tmp_path, [line("r3", 3, load=3)], at.replace(month=2, day=1))
    history = History.read(tmp_path, ["r1", "r3"])
    assert (history.values("c"), history.load_number) == ([1, 3], 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-01.jsonl", "2026-02.jsonl"]
    assert History.read(tmp_path / "none", ["r1"]).values("c") == []


def test_months_are_read_as_far_back_as_is_remembered(tmp_path):
    for month in range(1, 13):
        at = datetime(2026, month, 1, tzinfo=UTC)
        lines = [line(f"{month}-{number}", month) for number in range(10)]
        histories.append(tmp_path, lines, at)
    names = {f"{month}-{number}" for month in range(1, 13) for number in range(10)}
    values = History.read(tmp_path, names).values("c")
    assert len(values) == 28 and values[0] == 10 and values[-1] == 12


def test_a_line_that_a_kill_cut_short_is_passed_over(tmp_path):
    at = datetime(2026, 1, 31, tzinfo=UTC)
    histories.append(tmp_path, [line("r1", 1)], at)
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text() + '{"refresh_id": "r1", "che')
    histories.append(tmp_path, [line("r2", 2)], at)
    assert History.read(tmp_path, ["r1", "r2"]).values("c") == [1, 2]


def test_what_passed_because_it_was_acknowledged_is_no_measure():
    history = History.of([line("r1", 1), line("r2", 9, acknowledged="meant"), line("r3", 2)])
    assert history.values("c") == [1, 2]


def test_a_refresh_that_says_it_again_replaces_what_it_said():
    assert History.of([line("r1", 1), line("r1", 5)]).values("c") == [5]


def test_lines_keep_what_was_measured_and_nothing_that_is_empty():
    check = Check("c", "t", "volume", "rows", 1 / 3, low=0.0, detail={"through": "2026-01-31"})
    (kept,) = histories.lines_of(
        [Result(check, "passed")], "raw", "r1", datetime(2026, 2, 1, tzinfo=UTC), 7
    )
    assert kept == {
        "refresh_id": "r1", "at": "2026-02-01T00:00:00+00:00", "gate": "raw", "load": 7,
        "check": "c", "status": "passed", "value": 0.333333333, "low": 0.0,
        "detail": {"through": "2026-01-31"},
    }  # fmt: skip
