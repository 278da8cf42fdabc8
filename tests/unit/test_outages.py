"""An acknowledged outage: nothing is deleted, the dates are stale, and a replay finds the same."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from orchestration.base.errors import Blocked
from orchestration.landing.daily_volume import DailyRows, Limits, feed_recovers
from orchestration.landing.loads import Note, read_loads, write_load
from tests.support.landing import ACCOUNTS, EVENTS_HEADER, CompanyFolder

TICKETS = "ticket_id,account_id,kind,priority,status,opened_at\n"
OUTAGE = {"tickets since load 1": "outage"}


def tickets(count: int) -> str:
    row = "t{0},001,question,low,open,2025-10-01T10:00:00Z\n"
    return TICKETS + "".join(row.format(number) for number in range(count))


@pytest.fixture
def folder(tmp_path) -> CompanyFolder:
    """Ten tickets, loaded on 2 November; the next load is on the 3rd."""
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("tickets.csv", tickets(10))
    folder.load()
    return folder


def outages(folder: CompanyFolder) -> list[tuple]:
    folder.build()
    return folder.query("select * from config.acknowledged_outages order by all")


def snapshots(folder: CompanyFolder, table: str = "tickets") -> list[tuple]:
    return folder.query(
        "select load_number, row_count from raw.table_loads "
        f"where table_name = '{table}' order by load_number"
    )


def test_an_outage_deletes_nothing_and_is_stale_from_the_last_good_load_on(folder):
    folder.land("tickets.csv", TICKETS)
    folder.load(OUTAGE)
    assert outages(folder) == [("tickets", date(2025, 11, 2), None)]
    assert snapshots(folder) == [(1, 10)]


def test_an_outage_ends_with_the_next_load_of_normal_volume(folder):
    folder.land("tickets.csv", TICKETS)
    folder.load(OUTAGE)
    folder.land("tickets.csv", tickets(11))
    folder.load()
    assert outages(folder) == [("tickets", date(2025, 11, 2), date(2025, 11, 4))]
    assert snapshots(folder) == [(1, 10), (3, 11)]


def test_a_replay_finds_the_same(folder):
    folder.land("tickets.csv", tickets(4))
    folder.load(OUTAGE)
    first = outages(folder), snapshots(folder)
    assert read_loads(folder.state, "acme")[1].notes == (Note("tickets", "outage"),)
    folder.build_file.unlink()
    assert (outages(folder), snapshots(folder)) == first


def test_an_outage_that_goes_on_is_compared_with_the_load_before_it(folder):
    folder.land("tickets.csv", TICKETS)
    folder.load(OUTAGE)
    folder.land("tickets.csv", tickets(3))
    folder.load(OUTAGE)  # 3 of 10 are the same cause
    with pytest.raises(Blocked, match="tickets fell from 10 to 4 rows"):
        folder.land("tickets.csv", tickets(4))
        folder.check()
    assert outages(folder) == [("tickets", date(2025, 11, 2), None)]


def test_what_is_meant_is_taken_and_is_the_measure_from_then_on(folder):
    folder.land("tickets.csv", tickets(3))
    folder.load({"tickets since load 1": "meant"})
    assert outages(folder) == [] and snapshots(folder) == [(1, 10), (2, 3)]
    folder.land("tickets.csv", tickets(2))
    folder.load()
    with pytest.raises(Blocked, match="tickets fell from 2 to 1 rows") as stopped:
        folder.land("tickets.csv", tickets(1))
        folder.check()
    assert [block.cause for block in stopped.value.blocks] == ["tickets since load 3"]


def test_a_missing_table_may_be_an_outage_too(folder):
    (folder.folder / "landed/tickets.csv").unlink()
    folder.load(OUTAGE)
    assert not folder.scan().has_changes
    assert outages(folder) == [("tickets", date(2025, 11, 2), None)]


def test_what_still_lies_there_is_no_new_load_but_taken_as_the_same_outage_with_one(folder):
    folder.land("tickets.csv", TICKETS)
    folder.load(OUTAGE)
    assert not folder.scan().has_changes
    folder.land("accounts.csv", ACCOUNTS + "005,Edge,2024-05-01\n")
    folder.load(OUTAGE)
    assert outages(folder) == [("tickets", date(2025, 11, 2), None)]
    assert snapshots(folder) == [(1, 10)]


def test_an_outage_of_a_mapped_table_is_not_taken_either(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("cases.csv", tickets(10))
    folder.map("tickets", "select * from landed.cases")
    folder.load()
    folder.land("cases.csv", tickets(2))
    folder.load(OUTAGE)
    assert outages(folder) == [("tickets", date(2025, 11, 2), None)]
    assert snapshots(folder) == [(1, 10)]


# A feed: every account has an event on every day of October


def feed(days: dict[int, int]) -> str:
    """October's events, so many for each of the four accounts a day."""
    rows = [
        f"e{day}-{account}-{number},00{account},open,2025-10-{day:02d}T10:00:00Z,1\n"
        for day, count in days.items()
        for account in (1, 2, 3, 4)
        for number in range(count)
    ]
    return EVENTS_HEADER + "".join(rows)


def feed_outage(tmp_path, later_days: dict[int, int]) -> CompanyFolder:
    limits = {"usage_events": {"minimum_rows": 10}}
    folder = CompanyFolder(tmp_path, tables=limits)
    september = feed({day: 10 for day in range(1, 31)}).replace("2025-10", "2025-09")
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("usage_events_1.csv", september.replace("\ne", "\ns"))
    folder.land("usage_events_2.csv", feed({day: 10 for day in range(1, 14)}))
    folder.load()
    folder.land("usage_events_3.csv", feed({14: 10, 15: 3} | later_days))
    folder.load()
    load = read_loads(folder.state, "acme")[1]
    note = Note("usage_events", "outage", date(2025, 10, 15))
    write_load(folder.state, "acme", replace(load, notes=(note,)))
    return folder


@pytest.mark.parametrize(
    "later_days, until",
    [
        ({}, None),
        ({16: 4, 17: 0}, None),
        ({16: 4, 17: 9}, date(2025, 10, 17)),
        ({16: 10}, date(2025, 10, 16)),
    ],
    ids=["still out", "still low", "back after two days", "back the next day"],
)
def test_a_feed_is_stale_until_a_day_is_as_usual(tmp_path, later_days, until):
    folder = feed_outage(tmp_path, later_days)
    assert outages(folder) == [("usage_events", date(2025, 10, 15), until)]
    assert len(snapshots(folder, "usage_events")) == 2  # its rows were taken


def test_a_day_that_was_filled_later_was_no_outage(tmp_path):
    folder = feed_outage(tmp_path, {16: 10})
    folder.land("usage_events_4.csv", feed({15: 10}))
    folder.load()
    assert outages(folder) == []


def test_meant_ends_the_outage_of_a_feed(tmp_path):
    folder = feed_outage(tmp_path, {16: 4})
    folder.land("usage_events_4.csv", feed({17: 4}))
    folder.load()
    load = read_loads(folder.state, "acme")[2]
    write_load(folder.state, "acme", replace(load, notes=(Note("usage_events", "meant"),)))
    assert outages(folder) == [("usage_events", date(2025, 10, 15), date(2025, 11, 4))]


def test_a_feed_that_is_judged_by_the_week_needs_a_whole_one():
    limits = Limits(0.5, 3, 50)
    usual = {date(2025, 6, 1) + timedelta(days=number): 10 for number in range(90)}
    since = date(2025, 8, 1)
    rows = DailyRows(usual | {since + timedelta(days=number): 2 for number in range(3)})
    recovers = partial(feed_recovers, limits=limits, fell=lambda day: True)
    assert recovers(rows, since, date(2025, 8, 6)) is None
    assert recovers(rows, since, date(2025, 8, 29)) == date(2025, 8, 7)
