"""A state that is landed day after day: what it only repeats costs no history."""

import csv
from datetime import date, timedelta

import duckdb
import pytest

from tests.support.small import SmallCompany

FIRST = date(2025, 6, 1)
ACCOUNTS = 40
SAME = [{"account_id": f"a{number}", "name": f"A {number}"} for number in range(ACCOUNTS)]


def but(name: str, rows: list[dict[str, str]], without: str = "") -> list[dict[str, str]]:
    """The rows with one account renamed, and perhaps one left out."""
    return [
        row | ({"name": "Renamed"} if row["account_id"] == name else {})
        for row in rows
        if row["account_id"] != without
    ]


RENAMED = but("a3", SAME)
# what each day's file holds, and how many rows of the table have a history after it
DAYS = [
    (SAME, 0),
    (but("", RENAMED, without="a5"), 2 + 1),  # both rows of a3; a5 is gone
    # a3 is told again: no row more; a4 has three, a5 is back with its second, and one more
    ([*but("a4", RENAMED), {"account_id": "new", "name": "New"}], 2 + 2 + 3 + 1),
]


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> SmallCompany:
    return SmallCompany(tmp_path_factory.mktemp("repeated"))


def land(company: SmallCompany, day: int, rows: list[dict[str, str]]) -> None:
    folder = company.folder / "landed" / str(FIRST + timedelta(days=day))
    folder.mkdir()
    with (folder / "accounts.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["account_id", "name", "created_at"])
        writer.writeheader()
        writer.writerows({**row, "created_at": "2025-01-01"} for row in rows)


def in_audited(company: SmallCompany, sql: str) -> list[tuple]:
    path = company.root / "state" / "small" / "audited" / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_only_keys_that_a_state_changes_have_a_history(company):
    for day, (rows, expected) in enumerate(DAYS):
        land(company, day, rows)
        done = company.refresh()
        assert done.returncode == 0, done.stderr[-3000:]
        found = in_audited(company, "select count(*) from staging.stg_row_history")
        assert found == [(expected,)], f"day {day}"
    # 40 + 39 + 41 rows; a3 and a4 had a version before, a5 went and came back
    assert in_audited(
        company,
        "select row_count, accepted_count, duplicate_count, superseded_count, deleted_count "
        "from staging.stg_reconciliation where source_table = 'accounts'",
    ) == [(120, 41, 76, 2, 1)]


def test_a_full_refresh_says_the_same(company):
    sources = (
        "select * exclude (refresh_id) from marts.quality_sources "
        "where refresh_id = (select max(refresh_id) from marts.quality_sources) order by all"
    )
    accounts = "select * from marts.dim_accounts order by all"
    before = [company.rows(sources), company.rows(accounts)]
    assert company.refresh("--full").returncode == 0
    assert before == [company.rows(sources), company.rows(accounts)]
