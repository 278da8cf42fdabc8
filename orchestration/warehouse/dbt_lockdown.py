"""The lock-down as dbt-duckdb's plugin, which profiles.yml names: runs once per opened database.

The profile's own `settings` would be set again for every cursor, which a locked configuration
refuses, and DuckDB takes allowed folders only from an open connection: hence a plugin.
"""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection

from orchestration.base.lockdown import CONFIG, shut_in


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
        shut_in(conn, *self.folders)
