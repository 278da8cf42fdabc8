"""What an act may say, and how it is kept: refused before anything is written, or written whole."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.acts.known import Cta, Known
from orchestration.acts.record import record, standing
from orchestration.acts.rows import Desk
from orchestration.base import files
from orchestration.base.errors import BadInput, HealthError
from orchestration.company.tables import raw_tables

NOW = datetime(2026, 11, 22, 10, 30, 5, 123456, tzinfo=UTC)
LATER = NOW.replace(microsecond=123457)
KNOWN = Known(
    as_of=date(2026, 1, 31),
    is_by_run_date=False,
    accounts=frozenset({"0009", "0013", "0079", "R007"}),
    modules=("adoption", "support", "commercial"),
    ctas={
        "late:2026-01-11:0009": Cta(
            "late:2026-01-11:0009", "0009", ("check_the_terms", "ask_the_customer")
        ),
        "manual:x:0013": Cta("manual:x:0013", "0013"),
        "late:2025-06-01:0009": Cta(
            "late:2025-06-01:0009",
            "0009",
            *(("ask_the_customer",), "closed", date(2025, 7, 6), "condition_gone"),
            open_instead="late:2026-01-11:0009",
        ),
        "low:2025-06-01:0009": Cta(
            "low:2025-06-01:0009", "0009", (), "closed", date(2025, 7, 6), "closed_by_a_person"
        ),
    },
    staff=frozenset({"csm_1", "csm_2"}),
    absent=frozenset({"0079"}),
    unscored=frozenset({"0013"}),
)
CTA = "late:2026-01-11:0009"
OVER = "late:2025-06-01:0009"
CLOSED = "low:2025-06-01:0009"


def desk(known: Known = KNOWN, author: str = "csm_1", now: datetime = NOW) -> Desk:
    return Desk(known, author, now)


# The act's time: never after what its author could see


NEWEST_TODAY = Known(date(2026, 11, 22), False, KNOWN.accounts, KNOWN.modules)
BY_RUN_DATE = Known(date(2026, 1, 31), True, KNOWN.accounts, KNOWN.modules)


@pytest.mark.parametrize(
    ("known", "at"),
    [
        (KNOWN, "2026-01-31T23:59:59.000000Z"),
        (NEWEST_TODAY, "2026-11-22T10:30:05.123456Z"),
        (BY_RUN_DATE, "2026-11-22T10:30:05.123456Z"),
    ],
)
def test_an_act_is_of_the_newest_date_that_readers_see_at_the_latest(known, at):
    row = desk(known).flag("0009", "support", "red", "r").row
    assert row["assessed_at"] == row["arrived_at"] == at
    assert row["updated_at"] == "2026-11-22T10:30:05.123456Z"


def test_of_two_acts_of_one_moment_the_later_one_has_the_greater_id():
    first = desk().note(CTA, "one")
    second = desk(now=LATER).note(CTA, "two")
    assert first.row["acted_at"] == second.row["acted_at"]
    assert first.act_id < second.act_id


# Rows


def test_each_act_is_a_row_of_its_table():
    wanted = {
        "open": desk().open("0013", "support", " two \n lines "),
        "reopen": desk().reopen(CTA, "r"),
        "snooze": desk().snooze(CTA, "2026-02-14", "r"),
        "close": desk().close(CTA, "r"),
        "reassign": desk().reassign(CTA, "csm_2", "r"),
        "step": desk().step(CTA, "ask_the_customer"),
        "note": desk().note(CTA, "called"),
    }
    rows = {name: act.row for name, act in wanted.items()}
    assert {act.table for act in wanted.values()} == {"cta_actions"}
    assert [row["action"] for row in rows.values()] == [
        *("open", "open", "snooze", "close", "reassign", "step_done", "note")
    ]
    assert rows["open"]["module"] == "support" and rows["open"]["account_id"] == "0013"
    assert "cta_id" not in rows["open"]
    assert wanted["open"].cta_id == f"manual:{wanted['open'].act_id}:0013"
    assert rows["open"]["reason"] == "two lines"
    assert rows["reopen"]["cta_id"] == CTA and rows["reopen"]["account_id"] == "0009"
    assert rows["snooze"]["until"] == "2026-02-14"
    assert rows["reassign"]["assignee"] == "csm_2"
    assert rows["step"]["step"] == "ask_the_customer"
    assert rows["note"]["reason"] == "called"
    flag = desk().flag("0009", "support", "red", "r")
    score = desk().override("0009", "62.5", None, "2026-05-01", "r")
    band = desk().override("0009", None, "fair", "2026-02-01", "r")
    assert {act.table for act in (flag, score, band)} == {"csm_assessments"}
    assert (flag.row["kind"], flag.row["rating"]) == ("module_flag", "red")
    assert (score.row["kind"], score.row["score"]) == ("score_override", "62.5")
    assert (band.row["kind"], band.row["band"]) == ("band_override", "fair")
    for act in (*wanted.values(), flag, score, band):
        table = raw_tables()[act.table]
        assert set(act.row) <= {column.name for column in table.readable_columns}
        assert {column.name for column in table.columns if column.is_required} <= set(act.row)
        assert act.row["author"] == "csm_1"


def test_an_unscored_account_stays_so_and_the_author_is_told():
    said = desk().override("0013", "50", None, "2026-02-01", "r").said
    assert said.startswith("0013 stays unscored; until 2026-02-01 it has the band of the score 50")


def test_what_is_told_of_an_act_holds_nothing_personal():
    acts = [
        desk(author="Ada L").reassign(CTA, "csm_2", "SECRET"),
        desk(author="Ada L").note(CTA, "SECRET"),
        desk(author="Ada L").flag("0009", "support", "red", "SECRET"),
    ]
    for act in acts:
        assert not any(word in act.said for word in ("Ada", "SECRET", "csm_2"))


def test_one_that_is_closed_takes_notes_ticks_and_is_opened_again_where_a_person_closed_it():
    assert desk().note(OVER, "paid").row["cta_id"] == OVER
    assert desk().step(OVER, "ask_the_customer").row["step"] == "ask_the_customer"
    assert desk().reopen(CLOSED, "r").row["action"] == "open"


# What is refused, and what the message says


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda d: d.open("009", "support", "r"), "no account `009` (did you mean `0009`?)"),
        (lambda d: d.open("9", "support", "r"), "no account `9` (did you mean `0009`?)"),
        (lambda d: d.open("R07", "support", "r"), "no account `R07` (did you mean `R007`?)"),
        (lambda d: d.open("0009", "suport", "r"), "did you mean `support`?"),
        (lambda d: d.open("0009", "support", "  "), "Say --reason"),
        (lambda d: d.close("late:2026-01-11:0008", "r"), f"did you mean `{CTA}`?"),
        (lambda d: d.close(CTA, ""), "Say --reason"),
        (lambda d: d.note(CTA, "\t"), "Say the note"),
        (lambda d: d.note(CTA, "x" * 2001), "more than 2000 characters"),
        (lambda d: d.note(CTA, "a\0b"), "no text"),
        (lambda d: d.note(CTA, "\udcff"), "no text"),
        (lambda d: d.snooze(CTA, "2026-01-31", "r"), "is over: the newest date"),
        (lambda d: d.snooze(CTA, "soon", "r"), "'soon' is not a date"),
        (
            lambda d: d.close(OVER, "r"),
            f"since 2025-07-06 (condition_gone), as readers see it now. Open now is `{CTA}`.",
        ),
        (lambda d: d.snooze(CLOSED, "2026-02-14", "r"), "closed since 2025-07-06"),
        (lambda d: d.reassign(CLOSED, "csm_2", "r"), "closed since 2025-07-06"),
        (lambda d: d.reopen(OVER, "r"), "not by a person: where its condition comes back"),
        (lambda d: d.reassign(CTA, "csm_9", "r"), "no member of staff `csm_9`"),
        (lambda d: d.step(CTA, "ask_a_customer"), "did you mean `ask_the_customer`?"),
        (lambda d: d.step("manual:x:0013", "ask_the_customer"), "no playbook with steps"),
        (lambda d: d.step(CTA, "zz"), "There are: check_the_terms, ask_the_customer."),
        (lambda d: d.flag("0009", "support", "blue", "r"), "`red` or `yellow`"),
        (lambda d: d.override("0009", None, "fare", "2026-02-01", "r"), "did you mean `fair`?"),
        (lambda d: d.override("0009", "101", None, "2026-02-01", "r"), "from 0 to 100"),
        (lambda d: d.override("0009", "-1", None, "2026-02-01", "r"), "from 0 to 100"),
        (lambda d: d.override("0009", "nan", None, "2026-02-01", "r"), "from 0 to 100"),
        (lambda d: d.override("0009", "high", None, "2026-02-01", "r"), "is no number"),
        (lambda d: d.override("0009", None, None, "2026-02-01", "r"), "either --score or --band"),
        (lambda d: d.override("0009", "5", "fair", "2026-02-01", "r"), "either --score or --band"),
        (lambda d: d.override("0009", "5", None, "", "r"), "is not a date"),
        (lambda d: d.override("0079", "5", None, "2026-02-01", "r"), "no row on 2026-01-31"),
        (lambda d: d.flag("0079", "support", "red", "r"), "no contract is in force"),
        (lambda d: d.override("0009", "5", None, "2026-01-31", "r"), "is over"),
        (lambda d: d.override("0009", "5", None, "2026-05-02", "r"), "until 2026-05-01"),
    ],
)
def test_a_bad_act_is_refused_with_the_nearest_name_or_the_limit(make, said):
    with pytest.raises(BadInput) as caught:
        make(desk())
    assert said in str(caught.value)


def test_an_author_must_be_named():
    with pytest.raises(BadInput, match="Say --author"):
        desk(author=" ")


def test_without_the_mart_of_calls_to_action_the_message_says_so():
    known = Known(date(2026, 1, 31), False, KNOWN.accounts, KNOWN.modules)
    with pytest.raises(BadInput, match="no calls to action"):
        desk(known).close(CTA, "r")
    assert desk(known).open("0009", "support", "r").cta_id


def test_without_staff_any_assignee_is_taken():
    known = Known(date(2026, 1, 31), False, KNOWN.accounts, KNOWN.modules, KNOWN.ctas)
    assert desk(known).reassign(CTA, "somebody", "r").row["assignee"] == "somebody"


# Files


@pytest.mark.parametrize(
    "words", ['say "yes"; no, | or', "=1+1", "'; drop table x", "naïve 👩‍💻 日本", "a,b", '"']
)
def test_a_file_gives_back_what_was_said(tmp_path, words):
    act = desk().note(CTA, words)
    file = record(tmp_path, "acme", act)
    assert file == tmp_path / "acme" / "acts" / f"cta_actions_{act.act_id}.csv"
    with file.open(encoding="utf-8", newline="") as source:
        (row,) = csv.DictReader(source)
    assert {name: value for name, value in row.items() if value} == act.row
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_disk_that_fills_up_leaves_no_file(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(HealthError, match="disk is full"):
        record(tmp_path, "acme", desk().note(CTA, "n"))
    assert not list(Path(tmp_path).rglob("*.csv"))


def test_clearing_is_the_same_assessment_with_its_end(tmp_path):
    given = desk().override("0009", "50", None, "2026-02-15", "launch")
    record(tmp_path, "acme", given)
    record(tmp_path, "acme", desk().close(CTA, "r"))
    there = standing(tmp_path, "acme", given.act_id)
    cleared = desk(author="csm_2", now=LATER).clear(there, "it was a mistake")
    assert cleared.act_id != given.act_id
    assert cleared.row["assessment_id"] == given.act_id
    assert cleared.row["score"] == "50" and cleared.row["assessed_at"] == given.row["assessed_at"]
    assert cleared.row["cleared_at"] == "2026-01-31T23:59:59.000000Z"
    assert (cleared.row["author"], cleared.row["reason"]) == ("csm_2", "it was a mistake")
    record(tmp_path, "acme", cleared)
    with pytest.raises(BadInput, match="cleared already"):
        standing(tmp_path, "acme", given.act_id)


def test_only_what_was_recorded_here_can_be_cleared(tmp_path):
    given = desk().flag("0009", "support", "red", "r")
    record(tmp_path, "acme", given)
    with pytest.raises(BadInput, match="what another system landed"):
        standing(tmp_path, "acme", "a-0001-90")
    with pytest.raises(BadInput, match=f"did you mean `{given.act_id}`"):
        standing(tmp_path, "acme", given.act_id[:-1])
