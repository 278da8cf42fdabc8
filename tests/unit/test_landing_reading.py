"""How a file is read: never a guess that could be wrong."""

import gzip
import re

import pytest

from orchestration.base.errors import BadInput
from orchestration.landing.habits import iso_text, looks_unread, plain_number
from orchestration.landing.reader import connect
from tests.support.landing import ACCOUNTS, CompanyFolder

ORDERS = "select nr as event_id, who as account_id, 'order' as action, day as occurred_at"


def company(root, orders: str, sql: str = f"{ORDERS} from landed.orders", **settings):
    """Accounts as they are, and use that a mapping makes of orders.csv."""
    folder = CompanyFolder(root, **settings)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.land("2025-10-01/orders.csv", orders)
    folder.map("usage_events", sql)
    return folder


def refusal(folder: CompanyFolder) -> str:
    with pytest.raises(BadInput) as refused:
        folder.check()
    assert folder.state_content() == {}
    return str(refused.value)


def types_of(root, values: list[str], **settings) -> tuple[str, list[str]]:
    """The type that a column of a view gets, and its values as the raw zone has them."""
    rows = "".join(f'{number},"{value}"\n' for number, value in enumerate(values))
    folder = CompanyFolder(root, **settings)
    folder.land("list.csv", f"nr,x\n{rows}")
    folder.map(
        "accounts", "select nr as account_id, x as name, typeof(x) as region from landed.list"
    )
    found = folder.land_and_query("select region, name from raw.accounts order by account_id")
    return found[0][0], [row[1] for row in found]


# Types


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["0", "12", "-7", ""], "BIGINT"),
        (["007", "12"], "VARCHAR"),
        (["100000", "1E5"], "VARCHAR"),
        (["16", "0x10"], "VARCHAR"),
        (["+5"], "VARCHAR"),
        (["-0"], "VARCHAR"),
        (["10.50", "0.25", "-3.00"], "DECIMAL(14,2)"),
        (["1.10", "1.1"], "VARCHAR"),
        (["10", "10.50"], "VARCHAR"),
        (["01.50"], "VARCHAR"),
        (["true", "false"], "BOOLEAN"),
        (["true", "TRUE"], "VARCHAR"),
        (["2025-12-28", "2024-02-29"], "DATE"),
        (["2025-12-28", "2025-02-29"], "VARCHAR"),
        (["01-02-2025"], "VARCHAR"),
        (["28.12.25"], "VARCHAR"),
        (["2025-12-28T10:00:00Z", "2025-12-28 10:00:00.5+02:00"], "TIMESTAMP WITH TIME ZONE"),
        (["2025-12-28T10:00:00", "2025-12-28 10:00:00"], "TIMESTAMP"),
        (["2025-12-28T10:00:00Z", "2025-12-28 10:00:00"], "VARCHAR"),
        (["2025-12-28", "2025-12-28 10:00:00"], "VARCHAR"),
        (["2025-11-30T00:00:00+01:00"], "VARCHAR"),  # a day: as a moment it is the day before
    ],
)
def test_a_column_has_the_type_from_which_every_value_can_be_written_back(
    tmp_path, values, expected
):
    data_type, kept = types_of(tmp_path, values)
    assert data_type == expected
    if expected in ("BIGINT", "VARCHAR", "DATE", "BOOLEAN") or expected.startswith("DECIMAL"):
        assert kept == [value or None for value in values]


def test_a_value_after_many_of_another_kind_makes_the_column_text(tmp_path):
    values = [str(number) for number in range(12_000)]
    assert types_of(tmp_path / "a", values)[0] == "BIGINT"
    assert types_of(tmp_path / "b", [*values, "1E5"])[0] == "VARCHAR"


def test_a_type_is_a_property_of_the_column_over_all_loads(tmp_path):
    folder = company(
        tmp_path,
        "nr,who,day\na,1,2025-09-01\n",
        f"{ORDERS}, typeof(who) as module from landed.orders",
    )
    folder.load()
    folder.build()
    assert folder.query("select module from raw.usage_events") == [("BIGINT",)]
    folder.land("2025-10-02/orders.csv", "nr,who,day\nb,1E5,2025-09-02\n")
    folder.load()
    folder.build()
    assert folder.query("select account_id, module from raw.usage_events order by 1") == [
        ("1", "VARCHAR"),
        ("1E5", "VARCHAR"),
    ]


def test_a_read_csv_of_the_mapping_guesses_no_more_than_a_view(tmp_path):
    orders = "nr,who,day\na,1E5,2025-09-01\nb,1.10,2025-09-02\n"
    for number, source in enumerate(
        ["read_csv('orders.csv')", "'orders.csv'", "read_csv(['ord*.csv'], header = true) as o"]
    ):
        folder = company(tmp_path / str(number), orders, f"{ORDERS} from {source}")
        rows = folder.land_and_query("select account_id from raw.usage_events order by event_id")
        assert rows == [("1E5",), ("1.10",)], source


def test_what_a_read_csv_states_is_kept_and_nothing_else_is_guessed(tmp_path):
    orders = "nr;who;day;pieces\na;1E5;28.09.2025;10,50\nb;2;03.10.2025;2,25\n"
    told = f"{ORDERS}, pieces + 1 as quantity, typeof(who) || typeof(nr) as module from"
    for number, options in enumerate(
        [
            "dateformat = '%d.%m.%Y', decimal_separator = ','",
            "types = {'day': 'DATE'}, dateformat = '%d.%m.%Y', decimal_separator = ','",
        ]
    ):
        sql = f"{told} read_csv('orders.csv', {options})"
        folder = company(tmp_path / str(number), orders, sql)
        assert folder.land_and_query(
            "select account_id, module, occurred_at, quantity from raw.usage_events order by 1"
        ) == [
            ("1E5", "VARCHARVARCHAR", "2025-09-28", "11.50"),
            ("2", "VARCHARVARCHAR", "2025-10-03", "3.25"),
        ]
    sql = f"{ORDERS}, typeof(who) as module from read_csv('orders.csv', types = {{'who': 'TEXT'}})"
    folder = company(tmp_path / "c", orders.replace("1E5", "1"), sql, reading={"dates": "dmy"})
    assert folder.land_and_query("select distinct module from raw.usage_events") == [("VARCHAR",)]


def test_arithmetic_on_a_text_says_which_cast_to_write(tmp_path):
    orders = "nr,who,day,pieces\na,1,2025-09-01,1.5\nb,1,2025-09-02,2\n"
    message = refusal(
        company(tmp_path, orders, f"{ORDERS}, pieces * 2 as quantity from landed.orders")
    )
    assert "mapping/usage_events.sql" in message
    assert 'cast("pieces" as decimal(18, 4)) for 2025-10-01/orders.csv' in message


def test_arithmetic_on_dates_of_an_unknown_order_says_the_line_to_add(tmp_path):
    sql = f"{ORDERS.replace('day as', 'day + 14 as')} from landed.orders"
    message = refusal(company(tmp_path, US, sql))
    assert "(by mapping/usage_events.sql): the dates in the column `day` are not ISO" in message
    assert message.endswith("\nreading: {columns: {orders.day: {dates: mdy}}}")


# Dates


def text_of(sql: str, value: str) -> object:
    with connect() as connection:
        return connection.execute(
            f"select {sql} from (select cast(? as varchar) as x)", [value]
        ).fetchall()[0][0]


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ("dmy", "01/02/2025", "2025-02-01"),
        ("mdy", "01/02/2025", "2025-01-02"),
        ("mdy", "28/12/2025", "28/12/2025"),  # no such month: staging's to judge
        ("dmy", "28.12.25", "2025-12-28"),
        ("ymd", "28.12.25", "2028-12-25"),
        ("dmy", "1.2.69", "1969-02-01"),
        ("dmy", "1.2.68", "2068-02-01"),
        ("ymd", "20251228", "2025-12-28"),
        ("mdy", "12/5/2025 11:59 PM", "2025-12-05T23:59:00"),
        ("mdy", "12/5/2025 12:30:15 am", "2025-12-05T00:30:15"),
        ("dmy", "01/02/2025 10:00+02:00", "2025-02-01T10:00:00+02:00"),
        ("dmy", "2025-12-28", "2025-12-28"),  # ISO is always read
        ("epoch_s", "1764547200", "2025-12-01T00:00:00+00:00"),
        ("epoch_ms", "1764547200123", "2025-12-01T00:00:00.123+00:00"),
        ("excel", "45992", "2025-12-01"),
        ("excel", "45992.5", "2025-12-01T12:00:00"),
        ("excel", "never", "never"),
    ],
)
def test_a_date_is_read_by_the_stated_form(form, value, expected):
    assert text_of(iso_text("x", form), value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-12-28", False),
        ("2025-12-28T10:00:00Z", False),
        ("unknown", False),
        ("12", False),
        ("01/02/2025 Ada Lovelace", False),  # it would be shown
        ("01/02/2025, 3:04 p.m.", True),
        ("01/02/2025", True),
        ("28.12.25 10:00", True),
        ("1764547200", True),
        ("1764547200123", True),
        ("45992", True),
        ("20251228", True),
    ],
)
def test_what_looks_like_a_date_and_is_not_iso(value, expected):
    assert text_of(looks_unread("x"), value) is expected


US = "nr,who,day\na,001,09/01/2025\nb,001,09/13/2025\nc,001,10/04/2025\n"


def test_dates_without_a_stated_order_stop_the_refresh_with_the_line_to_add(tmp_path):
    message = refusal(company(tmp_path, US))
    assert message.startswith("landed/2025-10-01/orders.csv (by mapping/usage_events.sql, as ")
    assert "column `day`" in message
    assert "`09/01/2025` could be 2025-01-09 (dmy) or 2025-09-01 (mdy)" in message
    assert all(f"`{value}`" in message for value in ("09/13/2025", "10/04/2025"))
    assert message.endswith("\nreading: {columns: {orders.day: {dates: mdy}}}")


def test_the_line_to_add_fits_what_company_yml_says_already(tmp_path):
    reading = {"nulls": ["?"]}
    message = refusal(company(tmp_path / "a", US, reading=reading))
    assert message.endswith("under `reading:`:\n  columns: {orders.day: {dates: mdy}}")
    reading = {"columns": {"accounts.created_at": {"dates": "dmy"}}}
    message = refusal(company(tmp_path / "b", US, reading=reading))
    assert message.endswith("under `reading: columns:`:\n    orders.day: {dates: mdy}")


@pytest.mark.parametrize(
    "reading",
    [
        {"dates": "mdy"},
        {"columns": {"orders.day": {"dates": "mdy"}}},
        {"columns": {"orders.*": {"dates": "mdy"}}},
        {"columns": {"usage_events.occurred_at": {"dates": "mdy"}}, "dates": "dmy"},
    ],
)
def test_a_stated_order_is_followed_for_all_files_a_table_or_a_column(tmp_path, reading):
    folder = company(tmp_path, US, reading=reading)
    rows = folder.land_and_query("select occurred_at from raw.usage_events order by 1")
    assert rows == [("2025-09-01",), ("2025-09-13",), ("2025-10-04",)]


def test_a_landed_column_that_is_named_arrives_typed(tmp_path):
    folder = company(
        tmp_path,
        US,
        f"{ORDERS.replace('day as', 'day + interval 1 day as')} from landed.orders",
        reading={"columns": {"orders.day": {"dates": "mdy"}}},
    )
    rows = folder.land_and_query("select occurred_at from raw.usage_events order by 1")
    assert rows[0] == ("2025-09-02T00:00:00",)


def test_a_format_in_the_mapping_is_a_stated_order(tmp_path):
    sql = ORDERS.replace("day as", "strptime(day, '%m/%d/%Y') as")
    folder = company(tmp_path, US, f"{sql} from landed.orders")
    rows = folder.land_and_query("select occurred_at from raw.usage_events order by 1")
    assert rows[0] == ("2025-09-01T00:00:00",)


def test_columns_that_nothing_reads_are_not_judged(tmp_path):
    orders = "nr,who,day,sent\na,001,2025-09-01,09/01/2025\n"
    assert company(tmp_path, orders).check().new_loads[0].row_counts == {
        "accounts": 4,
        "usage_events": 1,
    }


@pytest.mark.parametrize(("others", "is_refused"), [(2, False), (1, True)])
def test_a_column_is_refused_where_more_than_half_of_its_values_are_unread(
    tmp_path, others, is_refused
):
    rows = "a1,A,01/02/2025\na2,B,02/02/2025\n" + "".join(
        f"b{number},C,2025-01-02\n" for number in range(others)
    )
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", f"account_id,name,created_at\n{rows}c1,D,\n")
    if is_refused:
        assert "landed/accounts.csv" in refusal(folder)
    else:
        folder.check()


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (("28.11.25", "29.11.25"), "dmy"),
        (("1764547200", "1764633600"), "epoch_s"),
        (("1764547200000", "1764633600000"), "epoch_ms"),
        (("45992", "45993.5"), "excel"),
        (("20251128", "20251129"), "ymd"),
    ],
)
def test_years_of_two_digits_epochs_and_serials_need_the_setting(tmp_path, values, form):
    rows = "".join(f"a{number},A,{value}\n" for number, value in enumerate(values))
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", f"account_id,name,created_at\n{rows}")
    message = refusal(folder)
    line = re.search(r"reading: \{columns: \{accounts\.created_at: \{dates: (\w+)\}\}\}", message)
    assert line is not None and line[1] == form, message
    folder.settings(
        {
            "id": "acme",
            "name": "Acme",
            "reporting_currency": "EUR",
            "reading": {"columns": {"accounts.created_at": {"dates": form}}},
        }
    )
    assert all(
        row[0].startswith(("2025-11", "2025-12"))
        for row in folder.land_and_query("select created_at from raw.accounts")
    )


def test_an_order_that_is_taken_away_stops_the_replay(tmp_path):
    folder = company(tmp_path, US, reading={"dates": "mdy"})
    folder.load()
    folder.settings({"id": "acme", "name": "Acme", "reporting_currency": "EUR"})
    with pytest.raises(BadInput, match="column `day` are not ISO"):
        folder.build()


def test_a_column_that_no_file_has_is_refused(tmp_path):
    for name, meant in (("orders.dya", "day"), ("accounts.created_on", "created_at")):
        folder = company(tmp_path / meant, US, reading={"columns": {name: {"dates": "mdy"}}})
        message = refusal(folder)
        column = name.partition(".")[2]
        assert f"`reading.columns`: `{column}` is no column of" in message
        assert f"did you mean `{meant}`" in message


def test_a_name_that_no_file_has_is_refused(tmp_path):
    reading = {"columns": {"order.day": {"dates": "mdy"}}}
    message = refusal(company(tmp_path, US, reading=reading))
    assert "`reading.columns`: `order` is no raw table" in message
    assert "did you mean `orders`" in message


# Numbers and gaps


@pytest.mark.parametrize(
    ("decimal", "value", "expected"),
    [
        (",", "1.234,50", "1234.50"),
        (",", "10,5", "10.5"),
        (",", "1.234", "1234"),
        (",", "1.23,4", "1.23,4"),
        (".", "1,234.50", "1234.50"),
        (".", "1,23", "1,23"),
    ],
)
def test_the_sign_that_is_not_the_decimal_one_stands_between_thousands(decimal, value, expected):
    assert text_of(plain_number("x", decimal), value) == expected


def test_numbers_with_a_comma_are_read_direct_and_through_a_view(tmp_path):
    folder = CompanyFolder(tmp_path, reading={"decimal": ","})
    folder.land("accounts.csv", 'account_id,name,annual_value\na1,A,"1.234,50"\n')
    folder.land("usage.csv", "nr;who;day;pieces\ne1;a1;2025-09-01;10,50\ne2;a1;2025-09-02;0,25\n")
    folder.map("usage_events", f"{ORDERS}, pieces * 2 as quantity from landed.usage")
    folder.load()
    folder.build()
    assert folder.query("select annual_value from raw.accounts") == [("1234.50",)]
    assert folder.query("select quantity from raw.usage_events order by 1") == [
        ("0.50",),
        ("21.00",),
    ]


def test_a_sign_for_nothing_is_nothing(tmp_path):
    orders = "nr,who,day,pieces\na,001,2025-09-01,?\nb,001,2025-09-02,4\n"
    folder = company(
        tmp_path,
        orders,
        f"{ORDERS}, pieces + 1 as quantity from landed.orders",
        reading={"nulls": ["?", "n/a"]},
    )
    folder.land("2025-10-01/accounts.csv", "account_id,name,csm_id\n001,Anvil, ? \n002,n/a?,x\n")
    folder.load()
    folder.build()
    assert folder.query("select quantity from raw.usage_events order by event_id") == [
        (None,),
        ("5",),
    ]
    assert folder.query("select name, csm_id from raw.accounts order by 1") == [
        ("Anvil", None),
        ("n/a?", "x"),
    ]


# Mappings


@pytest.mark.parametrize(
    "option",
    ["ignore_errors = true", "IGNORE_ERRORS := true", "store_rejects => true", "rejects_limit = 1"],
)
def test_an_option_that_drops_rows_uncounted_is_refused(tmp_path, option):
    message = refusal(company(tmp_path, US, f"{ORDERS} from read_csv('orders.csv', {option})"))
    assert message.startswith("mapping/usage_events.sql: read_csv may not have the option ")
    assert option.split()[0].lower() in message


def test_a_switched_off_option_drops_nothing(tmp_path):
    orders = US.replace("/", "-").replace("09-01-2025", "2025-09-01")
    sql = f"{ORDERS.replace('day as', 'left(day, 0) as')} from "
    company(tmp_path, orders, f"{sql} read_csv('orders.csv', ignore_errors = false)").check()


TWINS = "nr,who,day,Owner,owner\na,001,2025-09-01,anton,berta\n"


def test_a_name_that_stands_twice_is_a_fault_only_where_it_is_read(tmp_path):
    company(tmp_path / "a", TWINS).check()
    message = refusal(
        company(tmp_path / "b", TWINS, f"{ORDERS}, Owner as module from landed.orders")
    )
    assert "orders.csv: the column `owner` stands twice in the header" in message
    assert '"owner_1" or "owner_2"' in message
    folder = company(tmp_path / "c", TWINS, f"{ORDERS}, owner_2 as module from landed.orders")
    assert folder.land_and_query("select module from raw.usage_events") == [("berta",)]
    folder = company(
        tmp_path / "d", TWINS.replace("wner", "wner_id"), f"{ORDERS} from landed.orders"
    )
    folder.land("2025-10-01/accounts.csv", "account_id,name,name\n001,A,B\n")
    assert "`name` stands twice" in refusal(folder)


def test_a_query_whose_files_are_as_they_were_brings_no_row_again(tmp_path):
    folder = CompanyFolder(tmp_path, tables={"staff": {"shrink_limit_ratio": 1}})
    folder.land("clients.csv", ACCOUNTS)
    folder.land("people.csv", "staff_id,name\ns1,Sam\n")
    folder.map("accounts", "select * from landed.clients")
    folder.map("staff", "select * from landed.people")
    folder.load()
    (folder.folder / "mapping/staff.sql").unlink()
    folder.load()
    rows = folder.build()
    assert (rows["accounts"], rows["staff"]) == (4, 0)
    folder.land("clients.csv", ACCOUNTS.replace("Anvil", "Amber"))
    folder.load()
    assert folder.build()["accounts"] == 8


# Formats


def test_packed_and_tabbed_files_are_read_like_plain_ones(tmp_path):
    folder = company(tmp_path, US, reading={"dates": "mdy"})
    (folder.folder / "landed/2025-10-01/orders.csv").unlink()
    folder.land("2025-10-01/orders.csv.gz", gzip.compress(US.encode("utf-16")))
    folder.land("2025-10-01/staff.tsv", "staff_id\tname\ns1\tSam, the first\n")
    folder.land("2025-10-01/users.csv.gz", gzip.compress(b"user_id,account_id\nu1,001\nu2\n"))
    folder.load()
    rows = folder.build()
    assert (rows["usage_events"], rows["users"]) == (3, 1)
    assert folder.query("select name, _file, _line from raw.staff") == [
        ("Sam, the first", "2025-10-01/staff.tsv", 2)
    ]
    assert folder.query("select line from raw.malformed_rows") == [(3,)]


@pytest.mark.parametrize("name", ["orders.jsonl", "orders.ndjson", "orders.json"])
def test_json_is_read_without_guessing(tmp_path, name):
    lines = [
        '{"nr": "a", "who": "1E5", "day": "2025-09-01", "pieces": 2}',
        '{"nr": "b", "who": "0x10", "day": "2025-09-02", "pieces": 3, "note": {"by": ["x"]}}',
    ]
    text = f"[{','.join(lines)}]" if name.endswith(".json") else "\n".join(lines)
    folder = CompanyFolder(tmp_path)
    accounts = '{"account_id": "007", "name": "A"}\n{"account_id": 8, "name": 1}'
    folder.land("accounts.jsonl", accounts)
    folder.land(name, text)
    folder.map("usage_events", f"{ORDERS}, pieces * 2 as quantity from landed.orders")
    folder.load()
    folder.build()
    assert folder.query("select account_id, name, _line from raw.accounts order by 3") == [
        ("007", "A", 1),
        ("8", "1", 2),
    ]
    assert folder.query("select account_id, quantity from raw.usage_events order by 2") == [
        ("1E5", "4"),
        ("0x10", "6"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("accounts.csv", b"PK\x03\x04rest", "a spreadsheet or a zip archive"),
        ("accounts.csv", b"\xd0\xcf\x11\xe0rest", "an Excel file"),
        ("accounts.csv", gzip.compress(b"x"), r"Name it \.csv\.gz"),
        ("accounts.csv", b"<html><body>Please sign in", "a web page"),
        ("accounts.csv.gz", gzip.compress(ACCOUNTS.encode())[:40], "can't be unpacked"),
        ("accounts.jsonl", b'{"account_id": "1", "na', "can't be read"),
    ],
)
def test_another_format_than_the_name_says_is_refused(tmp_path, name, content, expected):
    folder = CompanyFolder(tmp_path)
    folder.land(name, content)
    message = refusal(folder)
    assert message.startswith(f"landed/{name}") and re.search(expected, message), message


def test_files_of_the_desktop_are_passed_over_and_named(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    for name in ("Thumbs.db", "2025-10-01/~$accounts.xlsx", "2025-10-01/.DS_Store"):
        folder.land(name, "x")
    folder.write("mapping/desktop.ini", "x")
    found = folder.scan()
    assert [file.path for file in found.new_loads[0].files] == ["2025-10-01/accounts.csv"]
    assert sorted(found.passed_over) == [
        "2025-10-01/.DS_Store",
        "2025-10-01/~$accounts.xlsx",
        "Thumbs.db",
    ]
