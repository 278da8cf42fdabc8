"""The lock-down as dbt-duckdb's plugin, which profiles.yml names: runs once per opened database.

The profile's own `settings` would be set again for every cursor, which a locked configuration
refuses, and DuckDB takes allowed folders only from an open connection: hence a plugin.
"""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import CatalogException, DuckDBPyConnection

from orchestration.base.lockdown import CONFIG, shut_in

# A later build replaces a little of large tables. Each checkpoint in between would write down where
# all of them lie; and the gaps that the old rows leave would have the engine write whole row groups
# anew, half as much again as the new rows cost: one build in so many does it, for all before it.
GAPS_CLOSED_EVERY = 10
LATER_BUILDS = {"checkpoint_threshold": "1TB", "max_vacuum_tasks": 0}


class Plugin(BasePlugin):
    """UTC everywhere; what the profile attaches is attached, then the door is shut."""

    def initialize(self, config: dict[str, Any]) -> None:
        self.folders = [Path(folder) for folder in config.get("folders", [])]

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        config.update(CONFIG)

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        conn.execute("set global TimeZone = 'UTC'")
        for attachment in (self.creds and self.creds.attach) or []:
            conn.execute(attachment.to_sql())  # dbt-duckdb repeats it: attach if not exists
        number = _build_number(conn)
        if number > 1 and number % GAPS_CLOSED_EVERY:
            for name, value in LATER_BUILDS.items():
                conn.execute(f"set {name} = '{value}'")
        shut_in(conn, *self.folders)


def _build_number(connection: DuckDBPyConnection) -> int:
    """The how-manieth build of the file this is; 0 where it is none, as while dbt only parses."""
    try:
        row = connection.execute("select build_number from config.build").fetchone()
    except CatalogException:
        return 0
    return int(row[0]) if row else 0
