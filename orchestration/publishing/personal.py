"""The last look before readers see it: no e-mail address stands in any published table.

That personal columns stay out of the marts is the models' business, and a test's. This one catches
what no model can know: a company whose ids or names of accounts are addresses.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from orchestration.base.errors import Blocked

if TYPE_CHECKING:
    import duckdb

ADDRESS = r"[^\s@]+@[^\s@]+\.[^\s@]+"


def require_no_address(
    connection: "duckdb.DuckDBPyConnection", catalog: str, schema: str, tables: Iterable[str]
) -> None:
    """Raise Blocked with table, column and number of rows wherever an address stands."""
    found = []
    for table in tables:
        columns = [
            name
            for (name,) in connection.execute(
                "select column_name from duckdb_columns() where database_name = ? "
                "and schema_name = ? and table_name = ? and data_type = 'VARCHAR' "
                "order by column_index",
                [catalog, schema, table],
            ).fetchall()
        ]
        if not columns:
            continue
        # the plain search is quick, and nearly always the only one
        counts = connection.execute(
            "select "
            + ", ".join(
                f"count(*) filter (contains(\"{name}\", '@') "
                f"and regexp_matches(\"{name}\", '{ADDRESS}'))"
                for name in columns
            )
            + f' from {catalog}.{schema}."{table}"'
        ).fetchone()
        found += [
            f"  {schema}.{table}.{name}: {count} rows"
            for name, count in zip(columns, counts or (), strict=True)
            if count
        ]
    if found:
        raise Blocked(
            "E-mail addresses stand where readers would see them; nothing was published, readers "
            "keep the last version.\n" + "\n".join(found) + "\n  to do: where an id is an address, "
            "give another one, for example by md5() in a mapping (the same in every table); where "
            "an account is named by one, name it otherwise."
        )
