"""Two DuckDB files that should hold the same tables: where they don't."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.base.lockdown import text_literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# What a run says of itself, and what readers were shown, is not recomputed: see the promise.
OF_RUNS = ("refresh_log", "fct_published_scores")
EXAMPLES = 3


@dataclass(frozen=True)
class TableDifference:
    """Rows of one table that only one side has."""

    table: str
    rows: int
    only_here: int
    only_there: int
    examples: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        lines = [
            f"  {self.table}: {self.only_here} of {self.rows} rows are not in the other, "
            f"{self.only_there} of the other are not here"
        ]
        return "\n".join([*lines, *(f"    example: {example}" for example in self.examples)])


def differing_tables(here: Path, there: Path, schema: str = "marts") -> list[TableDifference]:
    """Every table of the schema, cell by cell, both ways; `refresh_id` apart."""
    import duckdb

    from orchestration.base.lockdown import shut_in

    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {text_literal(here)} as here (read_only)")
        connection.execute(f"attach {text_literal(there)} as there (read_only)")
        shut_in(connection)
        found = []
        for table in sorted(
            _tables(connection, "here", schema) | _tables(connection, "there", schema)
        ):
            if table not in OF_RUNS:
                difference = _compare(connection, schema, table)
                if difference:
                    found.append(difference)
    return found


def _compare(connection: "DuckDBPyConnection", schema: str, table: str) -> TableDifference | None:
    columns = _columns(connection, "here", schema, table)
    if columns != _columns(connection, "there", schema, table):
        return TableDifference(table, 0, 0, 0, ("the columns differ, or one side lacks the table",))
    names = ", ".join(f'"{name}"' for name in columns if name != "refresh_id")
    # rows about sources are carried over from refresh to refresh: only the newest are recomputed
    newest = " where refresh_id is not distinct from (select max(refresh_id) from {0})"
    side = {}
    for name in ("here", "there"):
        relation = f"{name}.{schema}.{table}"
        condition = newest.format(relation) if table == "quality_sources" else ""
        side[name] = f"select {names} from {relation}{condition}"
    ours = f"{side['here']} except all {side['there']}"
    theirs = f"{side['there']} except all {side['here']}"
    counts = [
        connection.execute(f"select count(*) from ({sql})").fetchall()[0][0]
        for sql in (ours, theirs, side["here"])
    ]
    if not (counts[0] or counts[1]):
        return None
    keys = [name for name in columns if name.endswith("_id") or name.endswith("_date")][:4]
    shown = ", ".join(f'"{name}"' for name in keys) or "*"
    rows = connection.execute(
        f"select distinct {shown} from ({ours} union all ({theirs})) order by all limit {EXAMPLES}"
    ).fetchall()
    examples = tuple(
        ", ".join(f"{name} {value}" for name, value in zip(keys, row, strict=False)) for row in rows
    )
    return TableDifference(table, counts[2], counts[0], counts[1], examples)


def _tables(connection: "DuckDBPyConnection", catalog: str, schema: str) -> set[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ?",
        [catalog, schema],
    ).fetchall()
    return {name for (name,) in rows}


def _columns(
    connection: "DuckDBPyConnection", catalog: str, schema: str, table: str
) -> dict[str, str]:
    return dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where database_name = ? "
            "and schema_name = ? and table_name = ? order by column_name",
            [catalog, schema, table],
        ).fetchall()
    )
