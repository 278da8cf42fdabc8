"""The last look before readers see it: no e-mail address stands in any published table.

That personal columns stay out of the marts is the models' business, and a test's. This one catches
what no model can know: a company whose ids or names of accounts are addresses.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from orchestration.base.errors import Blocked
from orchestration.publishing.published_tables import PUBLICATION, Table, quoted

if TYPE_CHECKING:
    import duckdb

ADDRESS = r"[^\s@]+@[^\s@]+\.[^\s@]+"


def require_no_address(
    connection: "duckdb.DuckDBPyConnection", tables: Mapping[Table, str | None]
) -> None:
    """Raise Blocked with table, column and number of rows wherever an address stands.

    Tables come with the condition on the rows that nobody has looked at yet, None where all were.
    """
    found = []
    for table, where in tables.items():
        described = zip(table.columns, table.types, strict=True)
        texts = [name for name, kind in described if kind == "VARCHAR"]
        if not texts or where is None:
            continue
        # One function of one column: DuckDB asks it once for each distinct text of a vector.
        signs = _counted(connection, table, where, {x: f"max({_has_sign(x)})" for x in texts})
        addresses = {
            name: f"count(*) filter ({_has_sign(name)} "
            f"and regexp_matches({quoted(name)}, '{ADDRESS}'))"
            for name, has_sign in signs.items()
            if has_sign
        }
        found += [
            f"  {table.schema}.{table.name}.{name}: {count} rows"
            for name, count in _counted(connection, table, where, addresses).items()
            if count
        ]
    if found:
        raise Blocked(
            "E-mail addresses stand where readers would see them; nothing was published, readers "
            "keep the last version.\n" + "\n".join(found) + "\n  to do: where an id is an address, "
            "give another one, for example by md5() in a mapping (the same in every table); where "
            "an account is named by one, name it otherwise."
        )


def _has_sign(name: str) -> str:
    return f"contains({quoted(name)}, '@')"


def _counted(
    connection: "duckdb.DuckDBPyConnection", table: Table, where: str, wanted: Mapping[str, str]
) -> dict[str, int | None]:
    """An aggregate for each column, by its name."""
    if not wanted:
        return {}
    counts = connection.execute(
        f"select {', '.join(wanted.values())} from {PUBLICATION}.{table.relation} where {where}"
    ).fetchone()
    return dict(zip(wanted, counts or (), strict=True))
