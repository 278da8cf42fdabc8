"""The DuckDB file of a version: a copy of the file in which the build made what is published.

What no model declares is taken out of it, and views are made anew, for they name the build.
"""

from collections.abc import Set
from pathlib import Path

import duckdb

from orchestration.base.lockdown import text_literal
from orchestration.publishing.deprecated_views import view_of
from orchestration.publishing.published_tables import PUBLICATION, Table, quoted


def attach(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    """Nobody reads the file yet, and a half-made version is thrown away: so it needs no log."""
    connection.execute(
        f"attach {text_literal(database)} as {PUBLICATION} (recovery_mode 'no_wal_writes')"
    )


def keep_declared(connection: duckdb.DuckDBPyConnection, schema: str, tables: list[Table]) -> None:
    """What is left is the declared tables and views of the schema, and nothing else."""
    views = {
        table.name: view_of(connection, schema, table.name) for table in tables if table.is_view
    }
    _drop(connection, "view", schema, set())
    _drop(connection, "table", schema, {table.name for table in tables})
    connection.execute(f"use {PUBLICATION}")
    for sql in views.values():
        connection.execute(sql)
    connection.execute("use memory")


def _drop(connection: duckdb.DuckDBPyConnection, kind: str, schema: str, kept: Set[str]) -> None:
    found = connection.execute(
        f"select schema_name, {kind}_name from duckdb_{kind}s() "
        "where not internal and database_name = ?",
        [PUBLICATION],
    ).fetchall()
    for where, name in found:
        if where != schema or name not in kept:
            connection.execute(f"drop {kind} {PUBLICATION}.{quoted(where)}.{quoted(name)}")
