"""What a person is shown of a data test that found rows: its rule, who mends it, examples."""

from typing import TYPE_CHECKING, Any

from orchestration.base.masking import MASK
from orchestration.warehouse.outcome import Failure
from orchestration.warehouse.parsed import Project

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 3


def failure(
    project: Project,
    connection: "duckdb.DuckDBPyConnection",
    test: dict[str, Any],
    sql: str,
    rows: int,
) -> Failure:
    """A test whose SQL returned so many rows of the build that the connection reads."""
    meta = test["config"].get("meta") or {}
    parents = [parent.rsplit(".", 1)[-1] for parent in test["depends_on"]["nodes"]]
    attached = test.get("attached_node") or ""
    about = attached.rsplit(".", 1)[-1] if attached else ", ".join(parents) or test["name"]
    model = (project.content["nodes"].get(attached) or {}).get("config") or {}
    return Failure(
        test=test["name"],
        about=about,
        rows=rows,
        description=" ".join((test.get("description") or meta.get("description") or "").split()),
        owner=str(meta.get("owner") or (model.get("meta") or {}).get("owner") or ""),
        examples=_examples(connection, sql, _shown_columns(project, test)),
    )


def _examples(
    connection: "duckdb.DuckDBPyConnection", sql: str, shown: set[str]
) -> list[dict[str, Any]]:
    """Up to three rows that the test found; texts of columns that are not `shown` are masked."""
    import duckdb

    try:
        cursor = connection.execute(f"select * from (\n{sql}\n) as failing limit {EXAMPLES}")
        names = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall()
    except duckdb.Error:
        return []
    return [
        {
            name: MASK if isinstance(value, str) and name.lower() not in shown else _short(value)
            for name, value in zip(names, row, strict=True)
        }
        for row in rows
    ]


def _shown_columns(project: Project, test: dict[str, Any]) -> set[str]:
    """Columns whose text a failing test may show: declared, and nowhere as personal.

    A name that the test made up may hide anything, and so may a raw column of any name.
    """
    sources = project.content["sources"]
    parents = [sources[parent] for parent in test["depends_on"]["nodes"] if parent in sources]
    if any(parent["source_name"] != "config" for parent in parents):
        return set()
    declared: set[str] = set()
    personal: set[str] = set()
    for node in [*project.content["sources"].values(), *project.content["nodes"].values()]:
        for column in (node.get("columns") or {}).values():
            meta = (column.get("config") or {}).get("meta") or column.get("meta") or {}
            (personal if meta.get("personal") else declared).add(column["name"].lower())
    return declared - personal


def _short(value: Any) -> str:
    text = "null" if value is None else " ".join(str(value).split())
    return text if len(text) <= 80 else text[:77] + "..."
