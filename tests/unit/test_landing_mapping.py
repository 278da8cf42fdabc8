"""A company's own SQL: what it can make, and what it can't reach."""

import re

import pytest

from orchestration.base.errors import BadInput, Blocked
from tests.support.landing import ACCOUNTS, CompanyFolder, events

CUSTOMERS = "customer,title,since\n007,Anvil,2025-01-02\n008,Brick,2025-01-03\n"
TO_ACCOUNTS = "select customer as account_id, title as name from landed.customers"


def mapped(root, sql: str = TO_ACCOUNTS) -> CompanyFolder:
    folder = CompanyFolder(root)
    folder.land("Customers.csv", CUSTOMERS)
    folder.map("accounts", sql)
    return folder


def refusal(folder: CompanyFolder) -> str:
    with pytest.raises(BadInput) as refused:
        folder.check()
    assert folder.state_content() == {}
    return str(refused.value)


def test_a_mapping_makes_a_raw_table(tmp_path):
    folder = mapped(
        tmp_path,
        "-- customers are accounts\nselect customer as account_id, title as name, "
        "since as created_at, 1.5::double as annual_value, 'x' as mood from landed.customers;\n",
    )
    rows = folder.land_and_query(
        "select account_id, name, created_at, annual_value, _load_number, _file, _line "
        "from raw.accounts"
    )
    assert rows == [
        ("007", "Anvil", "2025-01-02", "1.5", 1, "mapping/accounts.sql", 1),
        ("008", "Brick", "2025-01-03", "1.5", 1, "mapping/accounts.sql", 2),
    ]
    assert folder.query("from raw.extra_columns") == [
        (1, "accounts", "mood", "mapping/accounts.sql")
    ]
    assert folder.query("select table_name, row_count from raw.table_loads") == [("accounts", 2)]


@pytest.mark.parametrize(
    "source",
    ["landed.customers", "read_csv('Customers.csv')", "'Customers.csv'", 'landed."CUSTOMERS"'],
)
def test_a_file_is_read_as_a_view_or_by_its_name(tmp_path, source):
    folder = mapped(tmp_path, f"select customer as account_id, title as name from {source}")
    assert len(folder.land_and_query("from raw.accounts")) == 2


def test_several_files_of_several_forms(tmp_path):
    folder = mapped(
        tmp_path,
        "select k as account_id, t as name from landed.export_2025_q1 union all by name "
        "select id as account_id, title as name from landed.deep_more union all by name "
        "select k as account_id, t as name from landed.wide",
    )
    folder.land("Export 2025-Q1.csv", "k;t\n1;One\n".encode("utf-8-sig"))
    folder.land("wide.csv", "k\tt\r\n3\tZoë\r\n".encode("utf-16"))
    folder.parquet("deep/more.parquet", "select 2.0::double as id, 'Two' as title")
    assert sorted(folder.land_and_query("select account_id, name from raw.accounts")) == [
        ("1", "One"),
        ("2", "Two"),
        ("3", "Zoë"),
    ]


def test_every_load_is_mapped_from_its_own_files(tmp_path):
    folder = mapped(tmp_path)
    folder.load()
    folder.land("Customers.csv", CUSTOMERS.replace("Anvil", "Amber"))
    folder.load()
    folder.build()
    assert folder.query(
        "select _load_number, name from raw.accounts where account_id = '007' order by 1"
    ) == [(1, "Anvil"), (2, "Amber")]


def test_a_changed_mapping_makes_raw_anew_from_the_archive(tmp_path):
    folder = mapped(tmp_path)
    folder.load()
    (folder.folder / "landed/Customers.csv").rename(tmp_path / "gone.csv")
    folder.map("accounts", TO_ACCOUNTS.replace("title", "upper(title)"))
    folder.build()
    assert folder.query("select name from raw.accounts") == [("ANVIL",), ("BRICK",)]


def test_in_dated_folders_a_mapping_waits_for_its_files(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.map("accounts", TO_ACCOUNTS)
    folder.map("usage_events", "select * from landed.log")
    folder.map("staff", "select * from read_csv('people.csv')")
    folder.land("2025-10-01/customers.csv", CUSTOMERS)
    folder.land("2025-10-01/people.csv", "staff_id,name\ns1,Sam\n")
    folder.land("2025-10-02/log.csv", events(1, 3))
    folder.load()
    folder.build()
    assert folder.query("select load_number, table_name from raw.table_loads order by all") == [
        (1, "accounts"),
        (1, "staff"),
        (2, "usage_events"),
    ]


def test_files_that_never_lie_in_one_folder_are_refused(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.map("accounts", TO_ACCOUNTS)
    folder.map(
        "usage_events",
        "select * from landed.log union all by name select * from read_csv('more/old_*.csv')",
    )
    folder.land("2025-10-01/customers.csv", CUSTOMERS)
    folder.land("2025-10-01/more/old_1.csv", events(1, 3))
    for day in range(2, 9):
        folder.land(f"2025-10-0{day}/log.csv", events(4, day + 4))
    message = refusal(folder)
    assert message.startswith(
        "mapping/usage_events.sql reads 'more/old_*.csv' and landed.log, which never lie in one "
        "folder together, so it would run for no load. 'more/old_*.csv' lies in 2025-10-01. "
        "landed.log lies in 2025-10-02, 2025-10-03, 2025-10-04, 2025-10-05, 2025-10-06 and 2 more."
    )
    folder.land("2025-10-08/more/old_1.csv", events(1, 3))
    assert len(folder.land_and_query("from raw.usage_events")) == 12


def test_exports_of_two_shapes_are_read_by_a_pattern(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.map(
        "accounts",
        "select coalesce(*columns('^(customer|customer_no)$')) as account_id, title as name "
        "from read_csv('*customers.csv', all_varchar = true)",
    )
    folder.land("2025-10-01/customers.csv", CUSTOMERS)
    folder.land("2025-10-02/new_customers.csv", CUSTOMERS.replace("customer", "customer_no"))
    assert folder.land_and_query(
        "select _load_number, account_id from raw.accounts order by all"
    ) == [(1, "007"), (1, "008"), (2, "007"), (2, "008")]


def test_a_vanished_input_blocks(tmp_path):
    folder = mapped(tmp_path, TO_ACCOUNTS)
    folder.map("usage_events", "select * from landed.log")
    folder.land("log.csv", events(1, 3))
    folder.load()
    (folder.folder / "landed/log.csv").unlink()
    with pytest.raises(Blocked, match="usage_events is missing"):
        folder.check()
    folder.load(acknowledged={"usage_events since load 1": "meant"})
    assert not folder.scan().has_changes


def test_a_shrunken_result_blocks(tmp_path):
    folder = mapped(tmp_path)
    folder.load()
    folder.land("Customers.csv", "".join(CUSTOMERS.splitlines(keepends=True)[:2]))
    with pytest.raises(Blocked, match="accounts fell from 2 to 1 rows"):
        folder.check()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("", "exactly one SELECT"),
        ("-- nothing", "exactly one SELECT"),
        ("select 1; select 2", "exactly one SELECT"),
        ("create table x as select 1", "exactly one SELECT"),
        ("insert into landed.customers select 1", "exactly one SELECT"),
        ("delete from landed.customers", "exactly one SELECT"),
        ("attach '/tmp/x.duckdb' as x", "exactly one SELECT"),
        ("install httpfs", "exactly one SELECT"),
        ("load json", "exactly one SELECT"),
        ("set threads = 1", "exactly one SELECT"),
        ("pragma database_list", "lacks the required column"),
        ("copy (select 1) to 'x.csv'", "exactly one SELECT"),
        ("copy landed.customers from 'x.csv'", "exactly one SELECT"),
        ("export database 'x'", "exactly one SELECT"),
        ("call duckdb_settings()", "exactly one SELECT"),
        ("select $1 as account_id, 'x' as name", "no parameters"),
        ("selct 1", "syntax error"),
        ("select nothing from landed.customers", "nothing"),
        ("select * from landed.custmers", "did you mean `customers`"),
        ("select title as name from landed.customers", "lacks the required column `account_id`"),
        (
            "select customer as acount_id, title as name from landed.customers",
            r"account_id` \(did you mean `acount_id`",
        ),
        ("select customer as account_id, [title] as name from landed.customers", r"VARCHAR\[\]"),
        ("select customer as account_id, title::int as name from landed.customers", "convert"),
        ("select 1 as account_id, now() as name", "uses now"),
        ("select 1 as account_id, current_date as name", "uses current_date"),
        ("select 1 as account_id, localtimestamp as name", "uses localtimestamp"),
        ("select random() as account_id, 'x' as name", "uses random"),
        ("select uuid() as account_id, age(since) as name from landed.customers", "age, uuid"),
    ],
)
def test_anything_but_one_repeatable_select_is_refused(tmp_path, sql, expected):
    message = refusal(mapped(tmp_path, sql))
    assert "mapping/accounts.sql" in message
    assert re.search(expected, message), message


@pytest.mark.parametrize(
    "source",
    [
        "read_csv('/etc/passwd', header = false)",
        "read_text('/etc/passwd')",
        "read_blob('/etc/hostname')",
        "'/etc/passwd'",
        "read_csv('../../outside.csv')",
        "read_csv('../outside.csv')",
        "read_text('{root}/outside.csv')",
        "read_text('{root}/acme/company.yml')",
        "read_text('company.yml')",
        "glob('/etc/*')",
        "glob('../*')",
        "read_csv('https://example.org/x.csv')",
        "read_parquet('s3://bucket/x.parquet')",
        "sniff_csv('/etc/passwd')",
        "read_json('/etc/passwd')",
        "query('copy (select 1) to ''x.csv''')",
        "query_table('/etc/passwd')",
        "python_variable",
        "duckdb_secrets()",
        "(select getenv('HOME'))",
    ],
)
def test_a_mapping_sees_its_own_load_and_nothing_else(tmp_path, source):
    python_variable = __import__("pyarrow").table({"account_id": ["leaked"], "name": ["x"]})
    (tmp_path / "outside.csv").write_text("account_id,name\nsecret,x\n")
    folder = mapped(
        tmp_path,
        f"select 'a' as account_id, 'b' as name from {source.replace('{root}', str(tmp_path))}",
    )
    message = refusal(folder)
    assert "mapping/accounts.sql" in message
    assert python_variable.num_rows == 1


def test_a_file_of_the_working_folder_is_out_of_reach(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "other.csv").write_text("account_id,name\nsecret,x\n")
    (elsewhere / "Customers.csv").write_text("customer,title\nsecret,x\n")
    monkeypatch.chdir(elsewhere)
    assert "no landed file" in refusal(mapped(tmp_path, "select * from read_csv('other.csv')"))
    folder = mapped(
        tmp_path / "second",
        "select customer as account_id, title as name from read_csv('Customers.csv')",
    )
    assert folder.land_and_query("select account_id from raw.accounts") == [("007",), ("008",)]


def test_another_loads_files_are_out_of_reach(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.map("accounts", TO_ACCOUNTS)
    folder.map("staff", "select * from read_csv('2025-10-01/customers.csv')")
    folder.land("2025-10-01/customers.csv", CUSTOMERS)
    folder.land("2025-10-02/customers.csv", CUSTOMERS)
    assert "mapping/staff.sql" in refusal(folder)


def test_a_mapping_cannot_write_into_the_archive(tmp_path):
    folder = mapped(tmp_path)
    folder.load()
    before = folder.state_content()
    folder.build()
    assert folder.state_content() == before


def test_the_content_of_a_bad_line_is_not_in_the_message(tmp_path):
    folder = mapped(tmp_path)
    folder.land("Customers.csv", CUSTOMERS + "009,planted@example.org,x,y\n")
    message = refusal(folder)
    assert "planted" not in message
    assert "Customers.csv: 1 lines can't be read; line 4 has more fields" in message


@pytest.mark.parametrize("content", [CUSTOMERS.replace("Anvil", "Zoë").encode("latin-1"), b""])
def test_inputs_of_a_mapping_must_be_readable(tmp_path, content):
    folder = mapped(tmp_path)
    folder.land("Customers.csv", content)
    with pytest.raises(BadInput, match=r"Customers\.csv"):
        folder.check()


def test_two_files_of_one_view_name_are_refused(tmp_path):
    folder = mapped(tmp_path)
    folder.land("customers_.csv", CUSTOMERS)
    assert "Rename one" in refusal(folder)


def test_rows_come_in_the_same_order_in_every_run(tmp_path):
    folder = mapped(
        tmp_path,
        "select i as account_id, sum(i / 3) as name from (select unnest(range(20000)) % 5000 as i "
        "from landed.customers) group by i",
    )
    folder.load()
    folder.build()
    first = folder.query("select account_id, name, _line from raw.accounts order by _line")
    folder.build()
    assert folder.query("select account_id, name, _line from raw.accounts order by _line") == first


def test_patterns_and_lists_of_files(tmp_path):
    folder = mapped(
        tmp_path,
        "-- Zoë is here\nselect customer as account_id, title as name "
        "from read_csv(['Customers.csv', 'deep/*.csv'], union_by_name = true)",
    )
    folder.land("deep/more.csv", CUSTOMERS.replace("00", "10"))
    rows = folder.land_and_query("select account_id from raw.accounts order by 1")
    assert rows == [("007",), ("008",), ("107",), ("108",)]


def test_long_whole_numbers_keep_their_digits(tmp_path):
    folder = mapped(tmp_path)
    folder.land("Customers.csv", "customer,title,\n12345678901234567890123,Anvil,\n1,Brick,x\n")
    rows = folder.land_and_query("select account_id from raw.accounts")
    assert rows == [("12345678901234567890123",), ("1",)]


def test_mixed_line_ends_in_an_input(tmp_path):
    folder = mapped(tmp_path)
    folder.land("Customers.csv", CUSTOMERS.replace("Anvil\n", "Anvil\r\n").replace("\n", "\r\n", 1))
    assert len(folder.land_and_query("select account_id from raw.accounts")) == 2


def test_a_direct_table_beside_a_mapping(tmp_path):
    folder = mapped(tmp_path)
    folder.land("usage_events.csv", events(1, 2))
    folder.load()
    assert folder.build()["usage_events"] == 2
    assert ACCOUNTS
