"""Whether two published versions hold the same rows: the gate of every change of structure.

    python -m benchmarks.equal_marts before/customer_health.duckdb after/customer_health.duckdb

Tables, columns, types and rows must be the same; doubles may differ by 1e-9, all else by nothing.
Left out are `refresh_log` and what names a run or its time. Exit code 1 where something differs.
"""

import argparse
from pathlib import Path

import duckdb

from orchestration.base.lockdown import text_literal
from orchestration.landing.reader import identifier

OF_RUNS = {"refresh_id", "published_at", "restates"}
TOLERANCE = 1e-9


def columns_of(connection: duckdb.DuckDBPyConnection, side: str) -> dict[str, dict[str, str]]:
    """Columns with their types, by table."""
    rows = connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where database_name = ? and schema_name in ('marts', 'restricted') "
        "and table_name <> 'refresh_log' order by table_name, column_index",
        [side],
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


def rows_that_differ(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: dict[str, str]
) -> tuple[int, list[tuple[object, ...]]]:
    """How many rows have no counterpart on the other side, and three of them."""
    doubles = [c for c, kind in columns.items() if kind == "DOUBLE" and c not in OF_RUNS]
    exact = [c for c, kind in columns.items() if kind != "DOUBLE" and c not in OF_RUNS]
    numbered = (
        "select {names}, row_number() over (partition by {exact} order by {order}) as place "
        "from {side}." + f"{schema}.{identifier(table)}"
    )
    names = ", ".join(map(identifier, [*exact, *doubles]))
    parts = {
        "names": names,
        "exact": ", ".join(map(identifier, exact)),
        "order": ", ".join(map(identifier, doubles)) or "1",
    }
    ours, theirs = (numbered.format(side=side, **parts) for side in ("here", "there"))
    same = " and ".join(
        f"a.{identifier(c)} is not distinct from b.{identifier(c)}" for c in [*exact, "place"]
    )
    apart = " or ".join(
        f"coalesce(abs(a.{identifier(c)} - b.{identifier(c)}) > {TOLERANCE}, "
        f"a.{identifier(c)} is distinct from b.{identifier(c)})"
        for c in doubles
    )
    query = (
        f"select a.*, b.* from ({ours}) as a full outer join ({theirs}) as b on {same} "
        f"where a.place is null or b.place is null {'or ' + apart if apart else ''}"
    )
    found = connection.execute(f"select count(*) from ({query})").fetchone()
    count = found[0] if found else 0
    return count, connection.execute(f"{query} limit 3").fetchall() if count else []


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.equal_marts", description=__doc__)
    parser.add_argument("here", type=Path)
    parser.add_argument("there", type=Path)
    given = parser.parse_args()
    differing = 0
    with duckdb.connect(":memory:") as connection:
        for side in ("here", "there"):
            file = text_literal(getattr(given, side))
            connection.execute(f"attach {file} as {side} (read_only)")
        schema = connection.execute(
            "select distinct schema_name from duckdb_tables() where database_name = 'here'"
        ).fetchall()[0][0]
        here, there = columns_of(connection, "here"), columns_of(connection, "there")
        for table in sorted({*here, *there}):
            if here.get(table) != there.get(table):
                differing += 1
                print(f"{table}: the columns differ: {here.get(table)} | {there.get(table)}")
                continue
            count, examples = rows_that_differ(connection, schema, table, here[table])
            if count:
                differing += 1
                print(f"{table}: {count} rows differ")
                for example in examples:
                    print(f"    {example}")
    print(f"{len(here)} tables compared, {differing} differ")
    raise SystemExit(1 if differing else 0)


if __name__ == "__main__":
    main()
