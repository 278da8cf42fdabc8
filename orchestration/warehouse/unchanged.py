"""What a build that carries the last one on need not make again: it would come out the same.

Seeds and what is made of seeds alone follow from the scorecards and the catalogue, and the text of
a view from the project: where the hashes of these are those of the last audited build (basis.py),
the copy holds them already. What asks the database while dbt writes its SQL is always made again.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from orchestration.warehouse.basis import Basis
from orchestration.warehouse.fingerprints import BASE_LAYERS
from orchestration.warehouse.layers import built_nodes, layer_of

ASKS = re.compile(r"\badapter\.(?!dispatch\b)|\b(?:run_query|statement|load_\w*relation)\b")


def unchanged(content: Mapping[str, Any], basis: Basis | None) -> set[str]:
    """Seeds and models of the project that this build leaves as they are."""
    if basis is None or basis.is_full:
        return set()
    nodes, asks = content["nodes"], _asks(content)

    @cache
    def is_constant(unique_id: str) -> bool:
        """Made of seeds alone."""
        node = nodes.get(unique_id) or {}
        made_of = (node.get("depends_on") or {}).get("nodes") or []
        return node.get("resource_type") == "seed" or (
            bool(made_of) and not asks(unique_id) and all(map(is_constant, made_of))
        )

    def is_unchanged(unique_id: str, node: Mapping[str, Any]) -> bool:
        if not basis.keeps_dates and layer_of(node) not in BASE_LAYERS:
            return False
        is_view = node["config"].get("materialized") == "view"
        return is_constant(unique_id) or (is_view and not asks(unique_id))

    return {key for key, node in built_nodes(content) if is_unchanged(key, node)}


def _asks(content: Mapping[str, Any]) -> Any:
    """Whether a node's SQL, or a macro that writes it, reads the database while it is written."""
    macros, nodes = content["macros"], content["nodes"]

    @cache
    def asks(unique_id: str) -> bool:
        one = nodes.get(unique_id) or macros[unique_id]
        text = one.get("raw_code") or one.get("macro_sql") or ""
        return bool(ASKS.search(text)) or any(map(asks, one["depends_on"].get("macros") or ()))

    return asks
