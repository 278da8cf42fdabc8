"""What the lock-down sets for a build besides: how often the engine closes a table's gaps."""

import duckdb
import pytest

from orchestration.warehouse.dbt_lockdown import GAPS_CLOSED_EVERY as EVERY
from orchestration.warehouse.dbt_lockdown import Plugin


@pytest.mark.parametrize(
    "build_number, are_closed",
    [(None, True), (1, True), (2, False), (EVERY, True), (EVERY + 1, False)],
)
def test_one_build_in_so_many_closes_the_gaps(tmp_path, build_number, are_closed):
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        if build_number:
            connection.execute("create schema config")
            connection.execute(f"create table config.build as select {build_number} build_number")
        Plugin("lockdown", {"folders": [tmp_path]}).configure_connection(connection)
        (tasks,) = connection.execute("select current_setting('max_vacuum_tasks')").fetchone()
    assert (tasks > 0) is are_closed
