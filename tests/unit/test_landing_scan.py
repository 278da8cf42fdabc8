"""What a scan finds, what it refuses, and that it stays light."""

import os
import re
import subprocess
import sys
from datetime import timedelta

import pytest

from orchestration.base.errors import BadInput
from orchestration.landing import hashing, plan
from tests.support.landing import ACCOUNTS, CompanyFolder, events


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("tickets.csv", "tickets"),
        ("Tickets.CSV", "tickets"),
        ("tickets.part_1.csv", "tickets"),
        ("tickets_2025.parquet", "tickets"),
        ("tickets/anything at all.csv", "tickets"),
        ("usage_events_2025.csv", "usage_events"),
        ("account_events.csv", "account_events"),
        ("accounts.csv", "accounts"),
        ("ticketsold.csv", None),
        ("other/tickets.csv", None),
    ],
)
def test_a_file_belongs_to_the_table_that_its_name_says(path, table):
    assert plan.table_by_name(path) == table


def test_scanning_imports_no_engine(tmp_path):
    heavy = "('duckdb', 'pandas', 'pyarrow', 'numpy', 'dagster', 'dbt')"
    code = (
        "import sys, orchestration.landing.scan, orchestration.company.company\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


def test_a_scan_changes_nothing(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    assert folder.scan().has_changes
    assert not folder.state.exists()


def test_nothing_new_after_archiving(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    before = folder.scan().fingerprint
    folder.load()
    again = folder.scan()
    assert not again.has_changes
    folder.day -= timedelta(days=1)
    assert again.fingerprint == before


def test_a_changed_file_is_seen_though_size_and_time_are_equal(tmp_path, monkeypatch):
    monkeypatch.setattr(hashing, "SETTLED_AFTER_NS", -(10**12))  # cache it though it is new
    folder = CompanyFolder(tmp_path)
    file = folder.land("accounts.csv", ACCOUNTS)
    past = file.stat().st_mtime_ns - 10**11
    os.utime(file, ns=(past, past))
    folder.load()
    assert list(hashing.read_cache(folder.state, "acme")) == ["accounts.csv"]
    file.write_text(ACCOUNTS.replace("Anvil", "Amber"))
    os.utime(file, ns=(past, past))
    assert folder.scan().has_changes


def test_the_cache_saves_reading_an_unchanged_file(tmp_path, monkeypatch):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    found = folder.check()
    for entry in found.hashes.values():
        entry["identity"][1:3] = [0, 0]
    hashing.write_cache(folder.state, "acme", found.hashes)
    cache = hashing.read_cache(folder.state, "acme")
    assert cache["accounts.csv"]["sha256"] == found.hashes["accounts.csv"]["sha256"]
    stat = (folder.folder / "landed/accounts.csv").stat()
    cache["accounts.csv"]["identity"] = [
        stat.st_size,
        stat.st_mtime_ns,
        stat.st_ctime_ns,
        stat.st_ino,
    ]
    monkeypatch.setattr(hashing.storage, "sha256_of", lambda path: pytest.fail("was read"))
    files = [folder.folder / "landed/accounts.csv"]
    hashing.hash_all(folder.company.landed, files, cache)


def test_a_damaged_cache_does_no_harm(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.load()
    (folder.state / "acme" / hashing.CACHE_NAME).write_text("{broken")
    assert not folder.scan().has_changes


def test_the_mapping_is_part_of_the_fingerprint(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("customers.csv", ACCOUNTS)
    folder.map("accounts", "select * from landed.customers")
    folder.load()
    before = folder.scan()
    folder.map("accounts", "select account_id, name from landed.customers")
    after = folder.scan()
    assert not after.has_changes
    assert before.fingerprint != after.fingerprint


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tickts.csv", r"did you mean `tickets`"),
        ("usage-events.csv", r"did you mean `usage_events`"),
        ("tickets-2025.csv", r"did you mean `tickets`"),
        ("qqq.csv", r"the tables are accounts, staff"),
        ("tickets.xlsx", r"Save the sheet as CSV"),
        ("2025-1-5/tickets.csv", r"name a dated folder like"),
    ],
)
def test_an_unknown_file_is_refused_with_the_nearest_table(tmp_path, name, expected):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land(name, "x\n1\n")
    with pytest.raises(BadInput) as refused:
        folder.scan()
    assert re.search(expected, str(refused.value)), str(refused.value)
    assert name.rsplit("/")[-1] in str(refused.value)


def test_an_empty_landed_folder_is_refused(tmp_path):
    with pytest.raises(BadInput, match="is empty"):
        CompanyFolder(tmp_path).scan()


def test_a_company_without_accounts_is_refused(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("usage_events.csv", events(1, 3))
    with pytest.raises(BadInput, match="no accounts"):
        folder.scan()


def test_hidden_files_are_passed_over(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land(".DS_Store", "x")
    assert [file.path for file in folder.scan().new_loads[0].files] == ["accounts.csv"]


@pytest.mark.parametrize("kind", ["file", "folder", "broken", "mapping"])
def test_links_are_refused(tmp_path, kind):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "tickets.csv").write_text("secret")
    if kind == "file":
        (folder.folder / "landed/tickets.csv").symlink_to(outside / "tickets.csv")
    elif kind == "folder":
        (folder.folder / "landed/tickets").symlink_to(outside)
    elif kind == "broken":
        (folder.folder / "landed/tickets.csv").symlink_to("../../nowhere.csv")
    else:
        folder.map("accounts", "select 1")
        (folder.folder / "mapping/tickets.sql").symlink_to(outside / "tickets.csv")
    with pytest.raises(BadInput, match="is a link"):
        folder.scan()


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    os.mkfifo(folder.folder / "landed/tickets.csv")
    with pytest.raises(BadInput, match="not a regular file"):
        folder.scan()


# Dated folders


def test_each_dated_folder_is_a_load_in_order(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-02T0400/accounts.csv", ACCOUNTS)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    loads = folder.scan().new_loads
    assert [(load.number, load.loaded_at.isoformat()) for load in loads] == [
        (1, "2025-10-01T00:00:00+00:00"),
        (2, "2025-10-02T04:00:00+00:00"),
    ]
    folder.load()
    assert not folder.scan().has_changes


def test_dated_folders_may_be_cleared_once_archived(tmp_path):
    folder = CompanyFolder(tmp_path)
    file = folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.load()
    file.unlink()
    file.parent.rmdir()
    assert not folder.scan().has_changes


def test_dated_and_loose_files_do_not_mix(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.land("accounts.csv", ACCOUNTS)
    with pytest.raises(BadInput, match="Use one or the other"):
        folder.scan()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2025-02-30", "no such day"),
        ("2026-01-01", "has not come yet"),
        ("2025-09-30", "not later than the last archived load"),
    ],
)
def test_a_dated_folder_out_of_order_is_refused(tmp_path, name, expected):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.load()
    folder.land(f"{name}/accounts.csv", ACCOUNTS)
    with pytest.raises(BadInput, match=expected):
        folder.scan()


@pytest.mark.parametrize("name", ["accounts.csv", "staff.csv"])
def test_an_archived_folder_is_not_rewritten(tmp_path, name):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.load()
    folder.land(f"2025-10-01/{name}", ACCOUNTS + "005,Edge,2024-05-01\n")
    with pytest.raises(BadInput, match="Loads are never rewritten"):
        folder.scan()


# Mapping files


def test_with_a_mapping_files_may_have_any_name(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("Kunden 2025.csv", ACCOUNTS)
    folder.map("accounts", "select * from landed.kunden_2025")
    assert folder.scan().new_loads[0].files[0].table is None


def test_a_table_that_no_mapping_makes_may_be_landed_as_it_is(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("users.csv", "id\n1\n")
    folder.land("cta_actions.csv", "action_id,action,author,acted_at\n")
    folder.map("accounts", "select * from landed.accounts join landed.users on true")
    tables = {file.path: file.table for file in folder.scan().new_loads[0].files}
    assert tables == {"accounts.csv": None, "users.csv": None, "cta_actions.csv": "cta_actions"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("acounts.sql", "did you mean `accounts`"),
        ("accounts.slq", "one <raw table>.sql"),
        ("deep/accounts.sql", "one <raw table>.sql"),
    ],
)
def test_a_mapping_file_is_named_after_its_table(tmp_path, name, expected):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.write(f"mapping/{name}", "select 1")
    with pytest.raises(BadInput, match=expected):
        folder.scan()
