"""The rows that publishing itself adds: this refresh's line in its log, earlier ones' sources."""

from datetime import datetime
from pathlib import Path

import duckdb

from orchestration.base.lockdown import text_literal
from orchestration.publishing.published_tables import PUBLICATION, SCHEMA, quoted_list

SOURCES, LOG = "quality_sources", "refresh_log"
# These are no longer the build's when they are published: written whole each time.
OWN = (SOURCES, LOG)


def keep_sources(
    connection: duckdb.DuckDBPyConnection, refresh_id: str, previous: Path | None
) -> int:
    """Name this refresh in its rows on the sources and carry on those of earlier refreshes."""
    table = f"{PUBLICATION}.{SCHEMA}.{SOURCES}"
    connection.execute(f"update {table} set refresh_id = ?", [refresh_id])
    if previous:
        connection.execute(f"attach {text_literal(previous)} as previous (read_only)")
        columns = _shared_columns(connection)
        if columns:
            connection.execute(
                f"insert into {table} by name select {columns} "
                f"from previous.{SCHEMA}.{SOURCES} order by refresh_id, source_table"
            )
        connection.execute("detach previous")
    return _count(connection, SOURCES)


def _shared_columns(connection: duckdb.DuckDBPyConnection) -> str:
    """The columns that the table had in the previous version and still has."""
    names = connection.execute(
        "select now.column_name from duckdb_columns() as now "
        "join duckdb_columns() as earlier using (schema_name, table_name, column_name) "
        "where now.database_name = ? and earlier.database_name = 'previous' "
        "and schema_name = ? and table_name = ? order by now.column_index",
        [PUBLICATION, SCHEMA, SOURCES],
    ).fetchall()
    return quoted_list(name for (name,) in names)


def log_this_refresh(
    connection: duckdb.DuckDBPyConnection,
    *,
    refresh_id: str,
    started_at: datetime,
    as_of_date: str | None,
    code_version: str,
    input_fingerprint: str,
    other_rows: int,
) -> int:
    """The refresh being published is in its own log; the build knew only the earlier ones."""
    count = _count(connection, LOG)
    values = {
        "refresh_id": refresh_id,
        "started_at": started_at.replace(tzinfo=None),
        "ended_at": datetime.now(started_at.tzinfo).replace(tzinfo=None),
        "as_of_date": as_of_date,
        "status": "published",
        "code_version": code_version,
        "input_fingerprint": input_fingerprint,
        "rows_published": other_rows + count,
    }
    known = {
        name
        for (name,) in connection.execute(
            "select column_name from duckdb_columns() where database_name = ? "
            "and schema_name = ? and table_name = ?",
            [PUBLICATION, SCHEMA, LOG],
        ).fetchall()
    }
    values = {name: value for name, value in values.items() if name in known}
    connection.execute(
        f"insert into {PUBLICATION}.{SCHEMA}.{LOG} ({quoted_list(values)}) "
        f"values ({', '.join('?' for _ in values)})",
        list(values.values()),
    )
    return count + 1


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    found = connection.execute(f"select count(*) from {PUBLICATION}.{SCHEMA}.{table}").fetchone()
    return int(found[0]) if found else 0
