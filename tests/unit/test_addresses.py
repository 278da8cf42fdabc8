"""No e-mail address goes out: which are found, and where nobody looks."""

from collections.abc import Iterator

import duckdb
import pytest

from orchestration.base.errors import Blocked
from orchestration.publishing.personal import require_no_address
from orchestration.publishing.published_tables import PUBLICATION, Table

TABLE = Table(
    "dim_accounts", ("account_id", "seats", "name"), types=("VARCHAR", "INTEGER", "VARCHAR")
)
SOUND = [("a@b", 1, "@home"), ("b", None, None), ("sales @ shop . example", 3, "100 @ 5.00")]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"attach ':memory:' as {PUBLICATION}")
        connection.execute(f"create schema {PUBLICATION}.marts")
        connection.execute(
            f"create table {PUBLICATION}.{TABLE.relation} "
            "(account_id varchar, seats integer, name varchar)"
        )
        yield connection


def put(connection: duckdb.DuckDBPyConnection, rows: list[tuple]) -> None:
    connection.executemany(f"insert into {PUBLICATION}.{TABLE.relation} values (?, ?, ?)", rows)


def test_a_sign_alone_is_no_address(connection):
    require_no_address(connection, {TABLE: "true"})
    put(connection, SOUND)
    require_no_address(connection, {TABLE: "true"})


def test_addresses_are_counted_by_table_and_column(connection):
    put(connection, [*SOUND, ("c", 1, "Ann <ann@shop.example>"), ("d", 1, "d@x.example")])
    with pytest.raises(Blocked) as blocked:
        require_no_address(connection, {TABLE: "true"})
    assert "  marts.dim_accounts.name: 2 rows\n" in str(blocked.value)
    assert "account_id" not in str(blocked.value)
    assert "ann@" not in str(blocked.value)


def test_only_the_rows_that_are_new_are_looked_at(connection):
    put(connection, [("c", 1, "ann@shop.example"), ("d", 2, "none")])
    require_no_address(connection, {TABLE: "seats = 2"})
    require_no_address(connection, {TABLE: None})
    with pytest.raises(Blocked):
        require_no_address(connection, {TABLE: "seats = 1"})
