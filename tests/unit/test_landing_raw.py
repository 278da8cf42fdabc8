"""What stands in the raw and config schemas after loads have been replayed."""

from datetime import UTC, date, datetime

import pytest

from orchestration.base.errors import BadInput
from orchestration.company.tables import raw_tables
from orchestration.landing import raw
from orchestration.landing.dates import check_as_of, first_day_with_data
from orchestration.landing.raw import write_raw_zone
from tests.support.landing import ACCOUNTS, EVENTS_HEADER, CompanyFolder, events


def table_loads(folder: CompanyFolder, table: str) -> list[tuple]:
    return folder.query(
        "select load_number, row_count, file_count from raw.table_loads "
        f"where table_name = '{table}' order by load_number"
    )


def test_every_declared_table_stands_there_with_its_columns_as_text(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.load()
    assert folder.build() == {name: 4 * (name == "accounts") for name in raw_tables()}
    for table in raw_tables().values():
        described = folder.query(
            "select column_name, data_type from information_schema.columns "
            f"where table_schema = 'raw' and table_name = '{table.name}' order by ordinal_position"
        )
        assert described == [
            *((column.name, "VARCHAR") for column in table.columns),
            ("_load_number", "INTEGER"),
            ("_loaded_at", "TIMESTAMP"),
            ("_file", "VARCHAR"),
            ("_line", "BIGINT"),
            ("arrived_at", "VARCHAR"),
            ("updated_at", "VARCHAR"),
            ("is_deleted", "VARCHAR"),
            *((f"{column.name}__listed", "VARCHAR") for column in table.listed_columns),
        ]


def test_ids_are_trimmed_wherever_they_stand(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", 'account_id,name\n" a1 "," Anvil "\n')
    folder.land("users.csv", 'user_id,account_id\nu1,a1\u00a0\n" ",a1\n')
    folder.load()
    folder.build()
    assert folder.query("select account_id, name from raw.accounts") == [("a1", " Anvil ")]
    # an id of blanks is none
    assert folder.query("select user_id, account_id from raw.users order by _line") == [
        ("u1", "a1"),
        (None, "a1"),
    ]


def test_large_parquet_with_padded_ids_is_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(raw, "READ_IN_PLACE", 1)
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.parquet("users.parquet", "select 'u1' as user_id, 'a1' as account_id")
    folder.parquet(
        "contacts.parquet",
        "select unnest(['c1', 'c2 ']) as contact_id, 'a1' as account_id, 'user' as role",
    )
    folder.load()
    folder.build()
    assert folder.query("select contact_id from raw.contacts order by _line") == [("c1",), ("c2",)]
    assert folder.query(
        "select table_name from raw.table_files where landed_file is not null order by all"
    ) == [("users",)]


def test_ids_keep_their_zeros_and_rows_know_where_they_come_from(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    rows = folder.land_and_query(
        "select account_id, closed_at, _load_number, _loaded_at, _file, _line from raw.accounts"
    )
    assert rows[0] == ("001", None, 1, datetime(2025, 11, 2, 4), "accounts.csv", 2)
    assert [row[5] for row in rows] == [2, 3, 4, 5]


def test_three_loads_that_overwrite_the_same_file_are_all_replayed(tmp_path):
    folder = CompanyFolder(tmp_path)
    for name in ("Anvil", "Amber", "Anvil"):
        folder.land("accounts.csv", ACCOUNTS.replace("Anvil", name))
        folder.load()
    folder.build()
    assert folder.query(
        "select _load_number, name from raw.accounts where account_id = '001' order by 1"
    ) == [(1, "Anvil"), (2, "Amber"), (3, "Anvil")]
    assert table_loads(folder, "accounts") == [(1, 4, 1), (2, 4, 1), (3, 4, 1)]


def test_of_append_tables_only_new_and_changed_files_are_taken(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("usage_events_1.csv", events(1, 3))
    folder.land("usage_events_2.csv", events(4, 5))
    folder.load()
    folder.land("usage_events_2.csv", events(4, 6))
    folder.land("usage_events_3.csv", events(7, 7))
    folder.load()
    folder.build()
    assert folder.query(
        "select _load_number, _file, count(*) from raw.usage_events group by all order by all"
    ) == [
        (1, "usage_events_1.csv", 3),
        (1, "usage_events_2.csv", 2),
        (2, "usage_events_2.csv", 3),
        (2, "usage_events_3.csv", 1),
    ]
    assert table_loads(folder, "usage_events") == [(1, 5, 2), (2, 4, 2)]
    assert table_loads(folder, "accounts") == [(1, 4, 1)]


def test_a_state_table_of_several_files_is_taken_whole_when_one_changes(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts_a.csv", ACCOUNTS)
    folder.land("accounts_b.csv", "account_id,name\n005,Edge\n")
    folder.load()
    folder.land("accounts_b.csv", "account_id,name\n005,Eagle\n")
    folder.load()
    folder.build()
    assert table_loads(folder, "accounts") == [(1, 5, 2), (2, 5, 2)]


def test_in_dated_folders_an_absent_or_equal_state_table_is_unchanged(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.land("2025-10-01/staff.csv", "staff_id,name\ns1,Sam\n")
    folder.land("2025-10-02/accounts.csv", ACCOUNTS)
    folder.land("2025-10-02/usage_events.csv", events(1, 2))
    folder.land("2025-10-03/usage_events.csv", events(1, 2))
    folder.land("2025-10-03/staff.csv", "staff_id,name\n")
    with pytest.raises(Exception, match="staff is now empty"):
        folder.load()
    folder.load(acknowledged={"staff since load 1": "meant"})
    folder.build()
    assert table_loads(folder, "accounts") == [(1, 4, 1)]
    assert table_loads(folder, "staff") == [(1, 1, 1), (3, 0, 1)]
    assert table_loads(folder, "usage_events") == [(2, 2, 1), (3, 2, 1)]
    assert folder.query("select distinct _file from raw.usage_events order by 1") == [
        ("2025-10-02/usage_events.csv",),
        ("2025-10-03/usage_events.csv",),
    ]


def test_the_same_loads_give_the_same_rows_however_often(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("usage_events.csv", events(1, 100))
    folder.load()
    folder.build()
    first = folder.query("from raw.usage_events")
    folder.build()
    assert folder.query("from raw.usage_events") == first


# Text


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        " spaces kept ",
        "two\nlines",
        "two\r\nlines",
        'with "quotes", and, commas',
        "'; drop table raw.accounts; --",
        "=cmd|' /C calc'!A0",
        "+1 -2 @x",
        "\u05e9\u05dc\u05d5\u05dd \u202ertl\u202c",
        "emoji \U0001f600 and \u0301combining",
        "nul \x00 inside",
        "back\\slash",
        "NULL",
        "{{ jinja }} ${x}",
        "x" * 10_000_000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_text_is_kept_exactly(tmp_path, text):
    folder = CompanyFolder(tmp_path)
    quoted = '"' + text.replace('"', '""') + '"'
    folder.land("accounts.csv", f"account_id,name,industry\na1,{quoted},x\na2,other,y\n")
    rows = folder.land_and_query("select name, industry from raw.accounts order by account_id")
    assert rows == [(text, "x"), ("other", "y")]


def test_nul_and_quotes_survive_in_parquet(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.parquet(
        "accounts.parquet", "select 'a1' as account_id, 'x' || chr(0) || '''; drop' as name"
    )
    assert folder.land_and_query("select name from raw.accounts") == [("x\x00'; drop",)]


def test_empty_fields_are_null(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", 'account_id,name,industry,region\na1,,"",NA\n')
    assert folder.land_and_query("select name, industry, region from raw.accounts") == [
        (None, None, "NA")
    ]


# Forms of CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_usual_forms_of_csv_are_accepted(tmp_path, delimiter, line_end, encoding):
    folder = CompanyFolder(tmp_path)
    lines = ["account_id,name,industry", "001,Zoë,x", '002,"a b",', ""]
    text = line_end.join(lines).replace(",", delimiter)
    folder.land("accounts.csv", text.encode(encoding))
    rows = folder.land_and_query("select account_id, name, industry, _line from raw.accounts")
    assert rows == [("001", "Zoë", "x", 2), ("002", "a b", None, 3)]


def test_mixed_line_ends_lose_no_row(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", b'account_id,name\r\na1,"x\ny"\na2,Two\r\na3\na4,Four,\r\n')
    rows = folder.land_and_query("select account_id, name, _line from raw.accounts order by 1")
    assert rows == [("a1", "x\ny", 2), ("a2", "Two", 4), ("a4", "Four", 6)]
    assert folder.query("select line, reason from raw.malformed_rows") == [
        (5, "fewer fields than the header")
    ]


def test_header_names_are_matched_without_case_and_spaces(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", "Account_ID, NAME\n001,Anvil\n")
    assert folder.land_and_query("select account_id, name from raw.accounts") == [("001", "Anvil")]


def test_a_file_with_a_header_alone_has_no_rows(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("staff.csv", "staff_id,name")
    folder.load()
    assert folder.build()["staff"] == 0
    assert table_loads(folder, "staff") == [(1, 0, 1)]


def test_paths_with_signs_that_engines_take_for_patterns(tmp_path):
    root = tmp_path / "it's [odd]*"
    root.mkdir()
    folder = CompanyFolder(root)
    folder.land("accounts_[1]'x?.csv", ACCOUNTS)
    folder.land("accounts_[2].csv", "account_id,name\n\n005,Edge\n".encode("utf-16"))
    folder.load()
    assert folder.build()["accounts"] == 5


def test_ragged_lines_are_listed_and_the_others_keep_their_line(tmp_path):
    folder = CompanyFolder(tmp_path)
    lines = ["event_id,account_id,action,occurred_at,quantity"]
    bad = {3: "e3,001", 4: "e4", 7: "e7,001,a,b,c,d,e", 9: 'e9,"x"y,a,b,c'}
    lines += [bad.get(line, f"e{line},001,open,2025-10-01,1") for line in range(2, 13)]
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("usage_events.csv", "\n".join(lines) + "\n")
    rows = folder.land_and_query("select event_id, _line from raw.usage_events")
    assert rows == [(f"e{line}", line) for line in range(2, 13) if line not in bad]
    assert folder.query("select * from raw.malformed_rows order by line") == [
        ("usage_events", "usage_events.csv", 3, 1, "fewer fields than the header"),
        ("usage_events", "usage_events.csv", 4, 1, "fewer fields than the header"),
        ("usage_events", "usage_events.csv", 7, 1, "more fields than the header"),
        ("usage_events", "usage_events.csv", 9, 1, "a quote that does not end its field"),
    ]
    assert table_loads(folder, "usage_events") == [(1, 7, 1)]


def test_lines_stay_right_in_a_large_ragged_file(tmp_path):
    folder = CompanyFolder(tmp_path)
    with folder.land("usage_events.csv", EVENTS_HEADER).open("a") as file:
        for line in range(2, 300_000):
            is_bad = line % 1000 in (0, 1) or line in (2, 3)
            file.write("x\n" if is_bad else f"{line},001,{'q' * (line % 60)},2025-10-01,1\n")
    folder.land("accounts.csv", ACCOUNTS)
    assert folder.land_and_query(
        "select count(*), count(*) filter (where _line <> cast(event_id as integer)) "
        "from raw.usage_events"
    ) == [(299_998 - 600, 0)]
    assert folder.query("select count(*) from raw.malformed_rows") == [(600,)]


def test_a_line_beyond_the_limit_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr("orchestration.landing.csv_files.LONGEST_LINE_BYTES", 2_000_000)
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS + f"005,{'x' * 3_000_000},\n006,Flint,\n")
    folder.load()
    assert folder.build()["accounts"] == 5
    assert folder.query("select line from raw.malformed_rows") == [(6,)]


# Columns


def test_files_with_different_columns_are_united_by_name(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts_a.csv", "name,account_id,region\nAnvil,001,North\n")
    folder.land("accounts_b.csv", "account_id,industry,name\n002,Steel,Brick\n")
    folder.parquet("accounts_c.parquet", "select 3 as account_id, 'Crane' as name")
    rows = folder.land_and_query(
        "select account_id, name, region, industry from raw.accounts order by name"
    )
    assert rows == [
        ("001", "Anvil", "North", None),
        ("002", "Brick", None, "Steel"),
        ("3", "Crane", None, None),
    ]


def test_extra_columns_are_reported_at_their_first_appearance(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", "account_id,name,mood\n001,Anvil,good\n")
    folder.load()
    folder.land("accounts.csv", "account_id,name,mood,Shoe Size\n001,Anvil,bad,42\n")
    folder.load()
    folder.build()
    assert folder.query("select * from raw.extra_columns order by 1") == [
        (1, "accounts", "mood", "accounts.csv"),
        (2, "accounts", "Shoe Size", "accounts.csv"),
    ]


def test_the_common_columns_are_carried(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land(
        "accounts.csv",
        "account_id,name,arrived_at,updated_at,is_deleted\n001,Anvil,2025-01-02,2025-01-03,true\n",
    )
    assert folder.land_and_query("select arrived_at, updated_at, is_deleted from raw.accounts") == [
        ("2025-01-02", "2025-01-03", "true")
    ]
    assert folder.query("from raw.extra_columns") == []


# Parquet


def test_typed_values_become_text_without_loss(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.parquet(
        "subscriptions.parquet",
        """
        select * from (values
            (1::double, 17850.0::double, 0.1::float, 12.3400::decimal(18, 4), 3::tinyint,
             timestamp_ns '2025-01-02 00:00:00', date '2025-02-03',
             timestamptz '2025-03-04 10:00:00.25+02', true),
            (2::double, 1.7e-7::double, 'nan'::float, null, null,
             timestamp_ns '2025-01-02 03:04:05.123456789', null, null, false),
            (9007199254740993::double, 1e308::double, 0::float, 1, 1, null, null, null, null)
        ) as rows (subscription_id, account_id, discount_pct, amount, seats, started_on, ends_on,
            arrived_at, is_deleted)
        cross join (select 'EUR' as currency, 'month'::enum ('month', 'year') as billing_period)
        """,
    )
    rows = folder.land_and_query(
        "select subscription_id, account_id, discount_pct, amount, seats, started_on, ends_on, "
        "arrived_at, is_deleted, billing_period, _line from raw.subscriptions order by _line"
    )
    assert rows[0] == (
        *("1", "17850", "0.1", "12.3400", "3", "2025-01-02", "2025-02-03"),
        *("2025-03-04T08:00:00.25+00:00", "true", "month", 1),
    )
    assert rows[1] == (
        *("2", "1.7e-07", "nan", None, None, "2025-01-02T03:04:05.123456789", None),
        *(None, "false", "month", 2),
    )
    assert rows[2][:2] == ("9007199254740992", "1e+308")


def test_timestamps_of_parquet_are_iso(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.parquet(
        "accounts.parquet",
        "select 'a' as account_id, 'A' as name, timestamp '2025-01-02 00:00:00' as created_at",
    )
    assert folder.land_and_query("select created_at from raw.accounts") == [
        ("2025-01-02T00:00:00",)
    ]


def test_bytes_that_are_text_are_read(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.parquet("accounts.parquet", "select encode('a1') as account_id, encode('Zoë') as name")
    assert folder.land_and_query("select account_id, name from raw.accounts") == [("a1", "Zoë")]


# Configuration


def test_config_says_what_company_yml_says(tmp_path):
    folder = CompanyFolder(
        tmp_path,
        time_zone="Europe/Berlin",
        score_from=date(2025, 1, 5),
        entitlements={"basic": ["mail", "mail"], "o'pro": ["mail", "drive"]},
        key_actions=["send"],
        released_modules={"board": date(2025, 6, 1)},
        north_star_metrics={"default": "orders"},
        disconnected_sources={"a1": ["tickets"]},
        tables={"tickets": {"allowed_lag_days": 3}},
    )
    folder.land("accounts.csv", ACCOUNTS)
    folder.load()
    write_raw_zone(
        folder.company,
        folder.state,
        folder.build_file,
        run_date=date(2025, 12, 1),
        as_of_date=date(2025, 11, 1),
        refresh_log=[
            {
                "refresh_id": "r1",
                "started_at": datetime(2025, 11, 1, 4, tzinfo=UTC),
                "as_of_date": date(2025, 10, 31),
                "status": "published",
                "rows_published": 7,
            }
        ],
    )
    assert folder.query("from config.company") == [
        (
            *("acme", "Acme", "Europe/Berlin", "EUR", "latest_data"),
            *(date(2025, 11, 1), date(2025, 12, 1), date(2025, 1, 5), "actions", 50),
        )
    ]
    assert folder.query("from config.plan_modules order by all") == [
        ("basic", "mail"),
        ("o'pro", "drive"),
        ("o'pro", "mail"),
    ]
    assert folder.query("from config.key_actions") == [("send",)]
    assert folder.query("from config.released_modules") == [("board", date(2025, 6, 1))]
    assert folder.query("from config.north_star_metrics") == [("default", "orders")]
    assert folder.query("from config.disconnected_sources") == [("a1", "tickets")]
    limits = {row[0]: row[1:] for row in folder.query("from config.table_limits")}
    assert set(limits) == set(raw_tables())
    assert limits["usage_daily"] == (14, 0.01)
    assert limits["tickets"] == (3, 0.01)
    assert limits["accounts"] == (None, 0.01)
    assert folder.query("from raw.refresh_log") == [
        ("r1", datetime(2025, 11, 1, 4), None, date(2025, 10, 31), "published", None, None, 7)
    ]


# As-of dates


def test_an_as_of_date_needs_data_and_must_have_been(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.land("usage_events.csv", events(1, 2))
    folder.load()
    folder.build()
    raw = [folder.build_file.parent / "raw"]
    assert first_day_with_data(folder.build_file, raw) == date(2024, 1, 1)
    check_as_of(folder.build_file, None, date(2025, 12, 1), raw)
    check_as_of(folder.build_file, date(2024, 1, 1), date(2025, 12, 1), raw)
    check_as_of(folder.build_file, date(2025, 12, 1), date(2025, 12, 1), raw)
    with pytest.raises(BadInput, match="before all data"):
        check_as_of(folder.build_file, date(2023, 12, 31), date(2025, 12, 1), raw)
    with pytest.raises(BadInput, match="in the future"):
        check_as_of(folder.build_file, date(2025, 12, 2), date(2025, 12, 1), raw)
