"""People's acts as loads: beside what is landed, counted once, and no measure of any source."""

from datetime import timedelta

import pytest

from orchestration.acts.record import record
from orchestration.acts.rows import Act
from orchestration.base.errors import BadInput, Blocked
from orchestration.landing import outages, validate
from orchestration.landing.loads import acts_folder, read_loads
from orchestration.landing.raw import write_raw_zone
from tests.support.landing import ACCOUNTS, CompanyFolder

ASSESSMENTS = "assessment_id,account_id,kind,reason,author,assessed_at\n"
BOTH = "select action_id from raw.cta_actions union select assessment_id from raw.csm_assessments"


def assessments(count: int) -> str:
    rows = (f"a{n},001,maturity,r,csm_1,2025-10-01T10:00:00Z\n" for n in range(count))
    return ASSESSMENTS + "".join(rows)


@pytest.fixture
def folder(tmp_path):
    """A company with a first load of its accounts."""
    made = CompanyFolder(tmp_path)
    made.land("accounts.csv", ACCOUNTS)
    made.load()
    return made


def act(folder, number: int, table: str = "csm_assessments", words: str = "r") -> None:
    """One act, valid enough for the landing."""
    act_id = f"act-{number:04d}"
    if table == "cta_actions":
        row = {"action_id": act_id, "action": "note", "acted_at": "2025-11-01T10:00:00Z"}
    else:
        row = {"assessment_id": act_id, "kind": "maturity", "assessed_at": "2025-11-01T10:00:00Z"}
    row |= {"account_id": "001", "author": "csm_1", "reason": words}
    record(folder.state, "acme", Act(act_id, table, row, "", folder.day.date()))


def test_acts_are_a_load_of_their_own_and_are_taken_once(folder):
    before = folder.scan().fingerprint
    act(folder, 1)
    act(folder, 2, "cta_actions", 'say "no"; or, perhaps | = not\t')
    found = folder.scan()
    assert found.has_changes and found.fingerprint != before
    folder.load()
    assert not folder.scan().has_changes
    act(folder, 3)
    folder.load()
    assert [(load.number, load.folder) for load in read_loads(folder.state, "acme")] == [
        *((1, None), (2, "acts"), (3, "acts"))
    ]
    folder.build()
    assert sorted(folder.query(BOTH)) == [("act-0001",), ("act-0002",), ("act-0003",)]
    (said,) = folder.query("select reason, author, _load_number from raw.cta_actions")
    assert said == ('say "no"; or, perhaps | = not\t', "csm_1", 2)


def test_the_fingerprint_is_the_same_before_and_after_archiving(folder):
    act(folder, 1)
    before = folder.check().fingerprint
    folder.load()
    assert folder.scan().fingerprint == before


def test_a_build_that_is_carried_on_has_the_rows_of_one_made_anew(folder, tmp_path):
    folder.build()
    act(folder, 1)
    folder.load()
    folder.land("accounts.csv", ACCOUNTS + "005,Easel,2024-05-01\n")
    act(folder, 2)
    folder.load()
    carried = {"run_date": folder.day.date(), "as_of_date": None, "refresh_log": []}
    write_raw_zone(folder.company, folder.state, folder.build_file, loads_there=1, **carried)
    rows = "select assessment_id, _load_number, _loaded_at from raw.csm_assessments order by 1"
    added = folder.query(rows)
    folder.build()
    assert folder.query(rows) == added
    assert [row[:2] for row in added] == [("act-0001", 2), ("act-0002", 4)]


def test_loose_files_are_not_missed_after_an_act(folder):
    act(folder, 1)
    folder.load()
    assert not folder.scan().has_changes  # no table is missing, and nothing else is new
    folder.land("accounts.csv", ACCOUNTS + "005,Easel,2024-05-01\n")
    (new,) = folder.load().archived[2:]
    assert new.missing_tables == () and new.row_counts == {"accounts": 5}


def test_what_the_company_lands_itself_counts_beside(folder):
    folder.land("csm_assessments.csv", assessments(60))
    folder.load()
    act(folder, 1)
    folder.load()  # one row after sixty is no fall
    folder.build()
    assert folder.query("select count(*) from raw.csm_assessments") == [(61,)]


@pytest.mark.parametrize("gone", [True, False])
def test_a_table_that_falls_is_noticed_though_acts_came_in_between(folder, gone):
    file = folder.land("csm_assessments.csv", assessments(60))
    folder.load()
    act(folder, 1)
    folder.load()
    if gone:
        file.unlink()
    else:
        file.write_text(assessments(20))
    with pytest.raises(Blocked, match="csm_assessments"):
        folder.check()


def test_an_act_does_not_end_an_outage(folder):
    file = folder.land("csm_assessments.csv", assessments(60))
    folder.load()
    file.write_text(ASSESSMENTS)
    cause = "csm_assessments since load 2"
    folder.load({cause: "outage"})
    act(folder, 1)
    folder.load()
    loads = read_loads(folder.state, "acme")
    (outage,) = outages.of_snapshots(loads, {})
    assert (outage.table, outage.until) == ("csm_assessments", None)
    assert not folder.scan().has_changes  # the acknowledged file still lies there


def test_a_dated_folder_of_the_day_may_follow_an_act(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-11-02/accounts.csv", ACCOUNTS)
    folder.load()
    act(folder, 1)
    folder.day = folder.day.replace(hour=10)
    folder.load()  # on 3 November at ten
    folder.day -= timedelta(days=1)
    folder.land("2025-11-03/csm_assessments.csv", assessments(3))
    act(folder, 2)
    folder.load()
    folder.build()
    assert [(load.number, load.folder) for load in read_loads(folder.state, "acme")] == [
        *((1, "2025-11-02"), (2, "acts"), (3, "2025-11-03"), (4, "acts"))
    ]
    assert folder.query("select count(*) from raw.csm_assessments") == [(5,)]
    folder.land("2025-11-01/csm_assessments.csv", assessments(1))
    with pytest.raises(BadInput, match=r"not later than the last archived load \(2025-11-03"):
        folder.scan()


def test_dated_folders_that_were_cleared_away_leave_acts_to_be_taken(tmp_path):
    folder = CompanyFolder(tmp_path)
    file = folder.land("2025-11-02/accounts.csv", ACCOUNTS)
    folder.load()
    file.unlink()
    file.parent.rmdir()
    for number in (1, 2):
        act(folder, number)
        folder.load()
    assert len(read_loads(folder.state, "acme")) == 3


def test_loose_files_that_are_gone_are_noticed_after_an_act(folder):
    act(folder, 1)
    folder.load()
    (folder.folder / "landed" / "accounts.csv").unlink()
    with pytest.raises(BadInput, match="is empty"):
        folder.scan()


def test_a_mapping_makes_its_tables_from_what_is_landed_alone(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("crm.csv", "id,account\nx1,001\n")
    made = "'note' as action, 'csm_1' as author, '2025-11-01T10:00:00Z' as acted_at"
    folder.map("cta_actions", f"select id as action_id, account as account_id, {made} "
                              "from landed.crm")  # fmt: skip
    folder.map("exchange_rates", "select 'EUR' as currency, '2025-01-01' as valid_on, "
                                 "'1' as rate_to_reporting")  # fmt: skip
    folder.load()
    act(folder, 1, "cta_actions")
    folder.load()
    assert not folder.scan().has_changes
    folder.build()
    assert sorted(folder.query("select action_id from raw.cta_actions")) == [("act-0001",), ("x1",)]
    assert folder.query("select _load_number from raw.exchange_rates") == [(1,)]


def test_a_refresh_that_died_before_archiving_leaves_the_act_to_the_next(folder):
    act(folder, 1)
    folder.check()  # seen and validated, not archived
    folder.load()
    folder.build()
    assert folder.query(BOTH) == [("act-0001",)]


def test_a_half_written_file_is_no_act(folder):
    act(folder, 1)
    (acts_folder(folder.state, "acme") / ".csm_assessments_act-2.csv.making").write_text("ass")
    (new,) = folder.scan().new_loads
    assert len(new.files) == 1


@pytest.mark.parametrize("name", ["tickets_1.csv", "note.txt", "more/cta_actions_1.csv"])
def test_nothing_else_may_lie_among_the_acts(folder, name):
    act(folder, 1)
    file = acts_folder(folder.state, "acme") / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("x\n")
    with pytest.raises(BadInput, match="is no act"):
        folder.scan()


def test_a_damaged_act_is_named(folder):
    act(folder, 1)
    (file,) = acts_folder(folder.state, "acme").iterdir()
    file.write_text("assessment_id\n1\n")
    with pytest.raises(BadInput, match=r"^acts/csm_assessments_act-0001.csv: the required column"):
        validate.validate(folder.scan(), folder.company)
