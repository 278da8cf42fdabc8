"""What a build that carries the last one on need not make again: it would come out the same.

Seeds and what is made of seeds alone follow from the scorecards and the catalogue, and the text of
a view from the project: where the hashes of these are those of the last audited build (basis.py),
the copy holds them already. What asks the database while dbt writes its SQL is made again, but for
a view that asks for nothing but columns, where what was landed since changed none of them.
"""

import re
from collections.abc import Callable, Mapping, Set
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.base.build_files import SCRATCH
from orchestration.base.lockdown import open_read_only
from orchestration.base.settings import CompanyPaths
from orchestration.warehouse.basis import Basis
from orchestration.warehouse.fingerprints import BASE_LAYERS
from orchestration.warehouse.layers import built_nodes, layer_of

ASKS_COLUMNS = re.compile(r"\badapter\.get_columns_in_relation\b")
ASKS = re.compile(
    r"\badapter\.(?!dispatch\b|get_columns_in_relation\b)"
    r"|\b(?:run_query|statement|load_\w*relation)\b"
)


def unchanged(
    content: Mapping[str, Any], basis: Basis | None, same_columns: Callable[[], Set[str]]
) -> set[str]:
    """Seeds and models of the project that this build leaves as they are.

    `same_columns` names the landed tables, `schema.table`, that have the columns of the last one.
    """
    if basis is None or basis.is_full:
        return set()
    nodes, sources = content["nodes"], content["sources"]
    asks, asks_columns = _finder(content, ASKS), _finder(content, ASKS_COLUMNS)
    same = same_columns()

    @cache
    def is_constant(unique_id: str) -> bool:
        """Made of seeds alone."""
        node = nodes.get(unique_id) or {}
        if node.get("resource_type") == "seed" or not _parents(node):
            return node.get("resource_type") == "seed"
        is_asking = asks(unique_id) or asks_columns(unique_id)
        return not is_asking and all(map(is_constant, _parents(node)))

    @cache
    def has_same_columns(unique_id: str) -> bool:
        """Reads what has the columns that it had, so that its own are the same too."""
        if unique_id in sources:
            return f"{sources[unique_id]['schema']}.{sources[unique_id]['identifier']}" in same
        return not asks(unique_id) and all(map(has_same_columns, _parents(nodes[unique_id])))

    def is_same_view(unique_id: str, node: Mapping[str, Any]) -> bool:
        is_view = node["config"].get("materialized") == "view"
        if not is_view or asks(unique_id):
            return False
        return not asks_columns(unique_id) or has_same_columns(unique_id)

    def is_unchanged(unique_id: str, node: Mapping[str, Any]) -> bool:
        if node["database"] == SCRATCH:
            return False
        if not basis.keeps_dates and layer_of(node) not in BASE_LAYERS:
            return False
        return is_constant(unique_id) or is_same_view(unique_id, node)

    return {key for key, node in built_nodes(content) if is_unchanged(key, node)}


def with_same_columns(paths: CompanyPaths, build_file: Path) -> set[str]:
    """The tables and views of a build file that have the columns of the last audited build."""
    beside = {"before": paths.audited_file}
    with open_read_only(build_file, *paths.raw_folders, beside=beside) as connection:
        rows = connection.execute(
            "select name from (select schema_name || '.' || table_name as name, "
            "list((column_name, data_type) order by column_index) as columns from duckdb_columns() "
            "where not internal group by database_name, schema_name, table_name) "
            "group by name having count(*) = 2 and count(distinct columns) = 1"
        ).fetchall()
    return {name for (name,) in rows}


def _parents(node: Mapping[str, Any]) -> list[str]:
    return (node.get("depends_on") or {}).get("nodes") or []


def _finder(content: Mapping[str, Any], pattern: re.Pattern[str]) -> Callable[[str], bool]:
    """Whether the pattern is found in a node's SQL, or in a macro that writes it."""
    macros, nodes = content["macros"], content["nodes"]

    @cache
    def is_found(unique_id: str) -> bool:
        one = nodes.get(unique_id) or macros[unique_id]
        text = one.get("raw_code") or one.get("macro_sql") or ""
        return bool(pattern.search(text)) or any(
            map(is_found, one["depends_on"].get("macros") or ())
        )

    return is_found
