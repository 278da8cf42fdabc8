"""The layers of the project, read from dbt's manifest: no list of them is kept by hand."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from orchestration.warehouse.fingerprints import BASE_LAYERS

SEEDS = "scorecards"  # the layer of what people write: the catalogue and the scorecards


def layer_of(node: Mapping[str, Any]) -> str:
    """staging, activity, …: the schema of a model; a source's own name, raw or config."""
    if node["resource_type"] == "source":
        return node["source_name"]
    if node["resource_type"] == "seed":
        return SEEDS
    return (node.get("config") or {}).get("schema") or node.get("schema") or "main"


def depths(content: Mapping[str, Any]) -> dict[str, int]:
    """Of every node: how many steps lie between it and what is landed; a source lies at 0."""
    parents: Mapping[str, list[str]] = content["parent_map"]

    @cache
    def depth(unique_id: str) -> int:
        return 1 + max((depth(parent) for parent in parents.get(unique_id, ())), default=-1)

    return {unique_id: depth(unique_id) for unique_id in parents}


def order_of_layers(content: Mapping[str, Any]) -> dict[str, int]:
    """Each layer by its deepest node: the larger the number, the nearer to the readers."""
    found: dict[str, int] = {}
    by_node = depths(content)
    for unique_id, node in built_nodes(content):
        layer = layer_of(node)
        found[layer] = max(found.get(layer, 0), by_node.get(unique_id, 0))
    return found


def schemas_before_dates(content: Mapping[str, Any]) -> set[str]:
    """What landing writes, and the layers that follow from it without a scorecard or a date."""
    return BASE_LAYERS | {source["schema"] for source in content["sources"].values()}


def ancestors(content: Mapping[str, Any], unique_id: str) -> set[str]:
    """Everything that a node is made from, by whatever way."""
    parents: Mapping[str, list[str]] = content["parent_map"]
    found: set[str] = set()
    waiting = list(parents.get(unique_id, ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(parents.get(one, ()))
    return found


def built_nodes(content: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What dbt builds: models and seeds."""
    for unique_id, node in content["nodes"].items():
        is_text_alone = node["config"].get("materialized") == "ephemeral"
        if node["resource_type"] in {"model", "seed"} and not is_text_alone:
            yield unique_id, node
