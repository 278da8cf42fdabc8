"""Bad input stops before anything changes, and the message says file, column, line and remedy.

Every case here lands a good company first, so that "nothing changed" means something.
"""

import re

import pytest

from orchestration.base.errors import BadInput, Blocked
from orchestration.landing.loads import Note, read_loads
from tests.support.landing import ACCOUNTS, EVENTS_HEADER, CompanyFolder, events

STAFF = "staff_id,name,team\n" + "".join(f"s{n},Name {n},Care\n" for n in range(1, 11))
TICKETS_HEADER = "ticket_id,account_id,kind,priority,status,opened_at,satisfaction\n"


def tickets(count: int, opened_at: str = "2025-10-01T10:00:00Z") -> str:
    return TICKETS_HEADER + "".join(
        f"t{n},001,bug,low,open,{opened_at},5\n" for n in range(1, count + 1)
    )


@pytest.fixture
def folder(tmp_path):
    """A company with one archived load."""
    made = CompanyFolder(tmp_path)
    made.land("accounts.csv", ACCOUNTS)
    made.land("staff.csv", STAFF)
    made.land("tickets.csv", tickets(10))
    made.land("usage_events.csv", events(1, 10))
    made.load()
    return made


def stopped(folder: CompanyFolder, expected: str, error=BadInput, code: int = 2) -> str:
    """The refresh stops with this message, and neither state nor landed files have changed."""
    before = folder.state_content()
    with pytest.raises(error) as told:
        folder.load()
    message = str(told.value)
    assert re.search(expected, message), message
    assert told.value.exit_code == code
    assert folder.state_content() == before
    return message


# Files


def test_a_required_column_is_missing(folder):
    folder.land("staff.csv", "name,team\nSam,Care\n")
    message = stopped(folder, r"landed/staff\.csv: the required column `staff_id` is missing")
    assert "The file has: name, team" in message


def test_a_required_column_is_misspelled(folder):
    folder.land("staff.csv", STAFF.replace("staff_id", "staf_id"))
    stopped(folder, r"`staff_id` is missing \(is it `staf_id`\?\)")


def test_a_required_column_is_missing_in_parquet(folder):
    folder.parquet("tickets.parquet", "select 't1' as ticket_id, '001' as acount_id")
    message = stopped(folder, r"landed/tickets\.parquet: the required column `account_id`")
    assert "is it `acount_id`" in message
    assert "`opened_at` is missing" in message


def test_a_column_twice(folder):
    folder.land("staff.csv", "staff_id,name,Name\ns1,a,b\n")
    stopped(folder, r"`Name` stands twice")


def test_parquet_cut_in_half(folder):
    file = folder.parquet("usage_daily.parquet", "select 1 as account_id from range(100000)")
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    message = stopped(folder, r"landed/usage_daily\.parquet can't be read")
    assert "Was it cut" in message


def test_parquet_damaged_inside(folder):
    file = folder.parquet(
        "usage_daily.parquet",
        "select md5(n::text) as account_id, date '2025-01-01' as used_on, 1 as events "
        "from range(100000) as rows (n)",
    )
    content = bytearray(file.read_bytes())
    content[1000:200000] = b"\x00" * 199000
    file.write_bytes(content)
    stopped(folder, r"landed/usage_daily\.parquet can't be read")


def test_csv_that_is_no_parquet(folder):
    folder.land("usage_daily.parquet", "account_id,used_on\n")
    stopped(folder, r"landed/usage_daily\.parquet can't be read")


def test_csv_cut_within_quotes(folder):
    folder.land("staff.csv", STAFF + 's11,"Name')
    stopped(folder, r"landed/staff\.csv, line 12: a quote opens here and never closes")


def test_csv_cut_within_quotes_after_fields_of_several_lines(folder):
    folder.land("staff.csv", STAFF + 's11,"Na\nme",x\ns12,"Name\n' + "s13,Name,x\n" * 3)
    stopped(folder, r"landed/staff\.csv, line 14: a quote opens here")


def test_csv_cut_within_a_line(folder):
    folder.land("staff.csv", STAFF + "s11,Na")
    stopped(folder, r"landed/staff\.csv, line 12: the file ends in the middle of this line")


def test_csv_of_which_no_line_fits(folder):
    folder.land("staff.csv", "staff_id,name,team\ns1,Sam\ns2,Sue\n")
    stopped(folder, r"none of its 2 lines could be read; line 2 has fewer fields")


@pytest.mark.parametrize("line", [3, 60_000])
def test_latin_1(folder, line):
    rows = [f"s{n},Name {n},Care" for n in range(2, 70_000)]
    rows[line - 2] = "s0,Zoë,Care"
    folder.land("staff.csv", ("staff_id,name,team\n" + "\n".join(rows) + "\n").encode("latin-1"))
    message = stopped(folder, rf"landed/staff\.csv, line {line}: not UTF-8")
    assert "iconv -f WINDOWS-1252 -t UTF-8 'staff.csv'" in message


def test_utf_16_cut_in_the_middle(folder):
    folder.land("staff.csv", STAFF.encode("utf-16")[:-1])
    stopped(folder, r"landed/staff\.csv.*not valid UTF-16")


def test_utf_16_without_its_mark(folder):
    folder.land("staff.csv", STAFF.encode("utf-16-le"))
    stopped(folder, r"`staff_id` is missing|UTF-16")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_an_empty_file_of_a_new_table(folder, content):
    folder.land("invoices.csv", content)
    stopped(folder, r"landed/invoices\.csv is empty: not even a header")


def test_several_problems_are_told_at_once(folder):
    folder.land("staff.csv", "name\nSam\n")
    folder.land("tickets.csv", TICKETS_HEADER + '"')
    message = stopped(folder, "staff")
    assert "landed/tickets.csv" in message


# Retyped columns


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("['Sam']", r"VARCHAR\[\]"),
        ("{'first': 'Sam'}", r'STRUCT\("first" VARCHAR\)'),
        ("map {'a': 'b'}", r"MAP\(VARCHAR, VARCHAR\)"),
    ],
)
def test_a_nested_type_for_text(folder, value, kind):
    (folder.folder / "landed/staff.csv").unlink()
    folder.parquet(
        "staff.parquet", f"select 's' || n as staff_id, {value} as name from range(9) r(n)"
    )
    message = stopped(folder, rf"landed/staff\.parquet: the column `name` has the type {kind}")
    assert "text is expected" in message


def test_bytes_that_are_no_text(folder):
    folder.parquet("staff_b.parquet", r"select 's' as staff_id, '\xFF\xFE'::blob as name")
    stopped(folder, r"landed/staff_b\.parquet can't be read")


def test_a_date_column_of_which_nothing_can_be_read(folder):
    folder.land("accounts.csv", ACCOUNTS.replace("2024-", "sometime in 2024 "))
    message = stopped(folder, r"landed/accounts\.csv: none of the 4 values of column `created_at`")
    assert "read as timestamp (such as 'xxxxxxxx xx 2024 01-01', " in message
    assert message.count("xxxxxxxx") == 3


def test_a_number_column_of_which_nothing_can_be_read(folder):
    folder.land("tickets.csv", tickets(10).replace(",5\n", ",good\n"))
    stopped(folder, r"none of the 10 values of column `satisfaction` can be read as decimal")


def test_a_parquet_date_that_became_text(folder):
    (folder.folder / "landed/tickets.csv").unlink()
    folder.parquet(
        "tickets.parquet",
        "select n as ticket_id, '001' as account_id, 'bug' as kind, 'low' as priority, "
        "'open' as status, 'KW ' || n as opened_at from range(10) as rows (n)",
    )
    stopped(folder, r"landed/tickets\.parquet: none of the 10 values of column `opened_at`")


def test_single_bad_values_are_left_to_the_quarantine(folder):
    folder.land("tickets.csv", tickets(10).replace("2025-10-01T10:00:00Z", "soon", 9))
    folder.load()
    folder.land("tickets.csv", tickets(10).replace(",5\n", ",NaN\n"))
    folder.load()


def test_personal_values_are_not_shown(folder):
    folder.land("staff.csv", "staff_id,team\nplanted@example.org,x\n" * 5)
    message = stopped(folder, "`name` is missing")
    assert "planted" not in message


@pytest.mark.parametrize("twin", ["Planted,Planted", "Planted,Else"])
def test_a_row_in_the_place_of_the_header_is_not_shown(folder, twin):
    folder.land("staff.csv", f"s1,planted@example.org,{twin}\n")
    message = stopped(folder, "(?i)line with the columns' names|number 4 stands twice")
    assert "planted" not in message.lower()


def test_a_name_that_slipped_into_a_number_column_is_not_shown(folder):
    folder.land("tickets.csv", tickets(10).replace(",5\n", ",Planted Person\n"))
    message = stopped(folder, r"`satisfaction` can be read as decimal \(such as 'xxxxxxx xxxxxx',")
    assert "Planted" not in message


# Columns that are gone


def test_a_column_that_held_values_is_gone(folder):
    folder.land("tickets.csv", tickets(10).replace("satisfaction", "satisfied"))
    message = stopped(folder, r"landed/tickets\.csv: the column `satisfaction` is gone")
    assert "(is it `satisfied`?)" in message and "health acknowledge tickets --as meant" in message


def test_a_column_that_never_held_values_may_go(folder):
    folder.land("staff.csv", STAFF.replace("team", "role").replace(",Care", ","))
    stopped(folder, r"`team` is gone")
    folder.land("staff.csv", STAFF)
    folder.land("tickets.csv", tickets(10).replace(",5\n", ",\n"))
    folder.load()
    folder.land("tickets.csv", tickets(10).replace("satisfaction", "satisfied"))
    folder.load()


def test_a_column_is_missed_in_the_file_of_its_name_else_where_all_files_held_it(folder):
    seconds = [f"{line},{{}}" for line in events(11, 20).splitlines()]
    longer = "\n".join([seconds[0].format("duration_seconds"), *seconds[1:]]).replace("{}", "60")
    folder.land("usage_events_b.csv", longer + "\n")
    folder.load()
    # what the one file never held is not missed in a new one, for the other one holds it alone
    folder.land("usage_events.csv", events(1, 12))
    folder.land("usage_events_c.csv", events(21, 30))
    folder.load()
    folder.land("usage_events_b.csv", events(11, 21))
    stopped(folder, r"usage_events_b\.csv: the column `duration_seconds` is gone")


def test_a_column_that_is_gone_is_lost_from_that_load_until_it_is_back(folder):
    folder.land("tickets.csv", tickets(10).replace("satisfaction", "satisfied"))
    cause = "tickets.satisfaction since load 1"
    noted = folder.load({cause: "meant"}).archived[-1].notes
    assert noted == (Note("tickets", "meant", column="satisfaction"),)
    folder.land("tickets.csv", tickets(9).replace("satisfaction", "satisfied"))
    folder.load()  # the load before has not held it
    folder.build()
    lost = "select * from config.lost_columns"
    second = read_loads(folder.state, "acme")[1].loaded_at.date()
    assert folder.query(lost) == [("tickets", "satisfaction", 2, second, None)]
    folder.land("tickets.csv", tickets(10))
    folder.load()
    folder.build()
    fourth = read_loads(folder.state, "acme")[3].loaded_at.date()
    assert folder.query(lost) == [("tickets", "satisfaction", 2, second, fourth)]


# Volumes


@pytest.mark.parametrize("content", ["staff_id,name,team\n", "", "\n"])
def test_a_table_that_is_now_empty_blocks(folder, content):
    folder.land("staff.csv", content)
    stopped(folder, r"staff is now empty; the last load had 10 rows", Blocked, 3)


def test_a_table_that_is_gone_blocks(folder):
    (folder.folder / "landed/staff.csv").unlink()
    stopped(folder, r"staff is missing from the landed folder; .* had 10 rows", Blocked, 3)


def test_accounts_that_are_gone_block(folder):
    (folder.folder / "landed/accounts.csv").unlink()
    stopped(folder, r"accounts is missing", Blocked, 3)


def test_a_state_table_that_fell_by_half_blocks(folder):
    folder.land("tickets.csv", tickets(5))
    stopped(folder, r"tickets fell from 10 to 5 rows \(-50%; the limit is -50%\)", Blocked, 3)


def test_a_state_table_that_fell_by_less_passes(folder):
    folder.land("tickets.csv", tickets(6))
    assert folder.load().archived[-1].row_counts == {"tickets": 6}


def test_the_limit_of_a_table_can_be_set(folder):
    folder.settings(
        {
            "id": "acme",
            "name": "Acme",
            "reporting_currency": "EUR",
            "tables": {"tickets": {"shrink_limit_ratio": 0.1}, "staff": {"shrink_limit_ratio": 1}},
        }
    )
    folder.land("staff.csv", "".join(STAFF.splitlines(keepends=True)[:3]))
    folder.land("tickets.csv", tickets(9))
    stopped(folder, r"tickets fell from 10 to 9 rows \(-10%; the limit is -10%\)", Blocked, 3)


def test_an_append_file_written_over_with_half_blocks(folder):
    folder.land("usage_events.csv", events(1, 5))
    stopped(folder, r"usage_events\.csv fell from 10 to 5 rows", Blocked, 3)


def test_an_append_file_that_is_cleared_away_passes_while_others_come(folder):
    (folder.folder / "landed/usage_events.csv").unlink()
    folder.land("usage_events_2.csv", events(11, 12))
    folder.load()


def test_an_append_table_that_is_gone_blocks(folder):
    (folder.folder / "landed/usage_events.csv").unlink()
    stopped(folder, r"usage_events is missing", Blocked, 3)


def test_rows_that_cannot_be_read_count_as_gone(folder):
    folder.land("tickets.csv", tickets(10).replace(",5\n", "\n", 5))
    stopped(folder, r"tickets fell from 10 to 5 rows", Blocked, 3)


def test_an_acknowledged_outage_passes_once(folder):
    folder.land("tickets.csv", TICKETS_HEADER)
    (folder.folder / "landed/staff.csv").unlink()
    stopped(folder, r"(?s)tickets.*staff|staff.*tickets", Blocked, 3)
    outage = {"tickets since load 1": "outage", "staff since load 1": "outage"}
    folder.load(acknowledged=outage)
    assert not folder.scan().has_changes
    folder.land("tickets.csv", tickets(10))
    folder.load()
    folder.land("tickets.csv", tickets(5))
    stopped(folder, "tickets fell", Blocked, 3)


def test_dated_folders_are_compared_with_the_one_before(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.land("2025-10-01/tickets.csv", tickets(10))
    folder.land("2025-10-02/tickets.csv", tickets(8))
    folder.land("2025-10-03/tickets.csv", tickets(4))
    stopped(folder, r"tickets fell from 8 to 4 rows", Blocked, 3)


def test_a_quiet_day_of_an_append_table_in_dated_folders_is_no_outage(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.land("2025-10-01/usage_events.csv", events(1, 10))
    folder.land("2025-10-02/usage_events.csv", events(11, 12))
    folder.land("2025-10-03/usage_events.csv", EVENTS_HEADER)
    folder.load()


# What is in the data stays data


def test_sql_in_names_and_values_is_inert(folder):
    evil = "x'); drop table raw.accounts; --"
    folder.land(f"tickets_{evil.replace('/', '')}.csv", tickets(2).replace("t1", f'"{evil}"'))
    more = STAFF.replace("team", f'team,"{evil}"').replace(",Care", ",Care,x")
    folder.land("staff.csv", more.replace("Name 1,", f'"{evil}",'))
    folder.load()
    folder.build()
    assert folder.query("select count(*) from raw.accounts") == [(4,)]
    assert folder.query("select ticket_id from raw.tickets where ticket_id like 'x%'") == [(evil,)]
    assert folder.query("select column_name from raw.extra_columns") == [(evil,)]
