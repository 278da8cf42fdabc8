"""The DuckDB file of a version: begun as a copy of an earlier one, or empty; then made the build's.

Whatever it was begun from, what was written, and how many rows there are, is compared with the
build before anybody sees it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from orchestration.base.errors import HealthError
from orchestration.base.files import copy_file
from orchestration.base.lockdown import text_literal
from orchestration.publishing.content import Content, Difference, in_month, in_months, measure
from orchestration.publishing.deprecated_views import create_view
from orchestration.publishing.published_tables import (
    BUILD,
    PUBLICATION,
    Table,
    quoted,
    quoted_list,
)

# What DuckDB 1.1 and every later 1.x can open.
STORAGE_VERSION = "v1.1.0"
# Rows that are replaced leave room in the file, which later ones use: it settles at 1.3 times the
# size of a file that is begun empty, and at twice that size where a table has but one row group,
# which is written whole. A file that grew beyond this is not copied again.
LARGEST_GROWTH = 2.5
# Sorting more costs more for each row, memory, and in the end the disk; each batch reads the
# build once more.
ROWS_SORTED_AT_ONCE = 500_000


def has_room(manifest: Mapping[str, Any]) -> bool:
    """Whether a version's file may be copied and changed once more."""
    return manifest["database_bytes"] <= LARGEST_GROWTH * manifest["fresh_bytes"]


def write_database(
    connection: duckdb.DuckDBPyConnection,
    database: Path,
    schema: str,
    tables: list[Table],
    differences: Mapping[str, Difference],
    now: Mapping[str, Content],
    earlier: Path | None,
) -> None:
    """Attach the file and fill it: what differs from the earlier one, all where there is none."""
    if not earlier:
        differences = {name: replace(each, is_whole=True) for name, each in differences.items()}
    _begin(connection, database, schema, earlier)
    connection.begin()
    _drop(connection, schema, {table.name for table in tables})
    for table in tables:
        if table.is_view:
            create_view(connection, schema, table.name)
        else:
            replace_rows(connection, table, differences[table.name], now.get(table.name))
    connection.commit()
    for table in tables:
        if table.name in now and not table.is_view:
            _require_equal(connection, table, differences[table.name], now[table.name])


def _begin(
    connection: duckdb.DuckDBPyConnection, database: Path, schema: str, earlier: Path | None
) -> None:
    """Nobody reads the file yet, and a half-written one is thrown away: so it needs no log."""
    if earlier:
        copy_file(earlier, database)
    version = "" if earlier else f"storage_version '{STORAGE_VERSION}', "
    connection.execute(
        f"attach {text_literal(database)} as {PUBLICATION} ({version}recovery_mode 'no_wal_writes')"
    )
    connection.execute(f"create schema if not exists {PUBLICATION}.{schema}")


def _drop(connection: duckdb.DuckDBPyConnection, schema: str, kept: set[str]) -> None:
    """Remove views, which are made anew, and tables that are no longer declared."""
    for kind in ("view", "table"):
        found = connection.execute(
            f"select {kind}_name from duckdb_{kind}s() where database_name = ? and schema_name = ?",
            [PUBLICATION, schema],
        ).fetchall()
        for (name,) in found:
            if kind == "view" or name not in kept:
                connection.execute(f"drop {kind} {PUBLICATION}.{schema}.{quoted(name)}")


def replace_rows(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    difference: Difference,
    now: Content | None,
) -> None:
    """Write a table whole, or the months of it that differ; rows by month, then by key."""
    name, columns = f"{PUBLICATION}.{table.relation}", quoted_list(table.columns)
    build = f"select {columns} from {BUILD}.{table.relation}"
    if now is None or not table.is_dated:
        connection.execute(f"create or replace table {name} as {build} order by {table.order}")
        return
    if difference.is_whole:
        connection.execute(f"create or replace table {name} as {build} limit 0")
    else:
        for month in difference.parts:
            connection.execute(f"delete from {name} where {in_month(month)}")
    for months in sorted_at_once(now.parts if difference.is_whole else difference.parts, now):
        connection.execute(
            f"insert into {name} ({columns}) {build} where {in_months(months)} "
            f"order by {table.order if len(months) > 1 else table.by_key}"
        )


def sorted_at_once(months: Iterable[str], now: Content) -> list[list[str]]:
    """The months in their order, as many together as are sorted without much memory."""
    batches: list[list[str]] = []
    for month in sorted(months):
        if not batches or now.rows_of([*batches[-1], month]) > ROWS_SORTED_AT_ONCE:
            batches.append([])
        batches[-1].append(month)
    return batches


def _require_equal(
    connection: duckdb.DuckDBPyConnection, table: Table, difference: Difference, now: Content
) -> None:
    """HealthError where the table's new parts, or its number of rows, are not the build's."""
    parts = now.parts if difference.is_whole else difference.parts
    expected = {part: now.parts[part] for part in parts if part in now.parts}
    months = None if difference.is_whole else difference.parts
    written = measure(connection, PUBLICATION, table, months).parts if parts else {}
    found = connection.execute(f"select count(*) from {PUBLICATION}.{table.relation}").fetchone()
    if written != expected or found != (now.rows,):
        raise HealthError(
            f"{table.name} would not be published as it was built ({found[0] if found else 0:,} "
            f"rows instead of {now.rows:,}, or other ones). Nothing was published; readers keep "
            "the last version. Run `health refresh --full`, which takes nothing over from it."
        )
