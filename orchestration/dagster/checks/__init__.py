"""Asset checks: each dbt data test is one, on the model that it is about.

Only the mapping from test to asset belongs here; the rules themselves are dbt's.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from orchestration.warehouse.layers import layer_of, order_of_layers
from orchestration.warehouse.outcome import NodeResult
from orchestration.warehouse.parsed import Project


class Translator(DagsterDbtTranslator):
    """dbt's nodes as assets, grouped by layer; every data test as a check, singular ones too."""

    def __init__(self) -> None:
        super().__init__(
            DagsterDbtTranslatorSettings(
                enable_asset_checks=True, enable_source_tests_as_checks=True
            )
        )

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return layer_of(dbt_resource_props)

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Any, unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        node = manifest["nodes"][unique_id]
        about = tested_node(manifest, node)
        if about is None or self._key(manifest, about) != asset_spec.key:
            return None
        others = {self._key(manifest, parent) for parent in node["depends_on"]["nodes"]}
        return dg.AssetCheckSpec(
            name=node["name"],
            asset=asset_spec.key,
            description=meaning(node),
            blocking=str(node["config"].get("severity", "error")).lower() == "error",
            additional_deps=sorted(others - {asset_spec.key}),
        )

    def check_result(self, project: Project, result: NodeResult) -> dg.AssetCheckResult | None:
        """The result of a test that ran; none for one that was skipped."""
        node = project.content["nodes"][result.unique_id]
        about = tested_node(project.content, node)
        if about is None or result.status == "skipped":
            return None
        severity = dg.AssetCheckSeverity.WARN
        if result.status in {"fail", "error"}:
            severity = dg.AssetCheckSeverity.ERROR
        return dg.AssetCheckResult(
            passed=result.status == "pass",
            asset_key=self._key(project.content, about),
            check_name=node["name"],
            severity=severity,
            metadata={
                "failing rows": result.failures or 0,
                "seconds": result.seconds,
                "status": result.status,
            },
        )

    def _key(self, manifest: Mapping[str, Any], unique_id: str) -> dg.AssetKey:
        return self.get_asset_spec(manifest, unique_id, None).key


def meaning(node: Mapping[str, Any]) -> str:
    """What a test demands: its own words, else the rule and what it is applied to; who mends it."""
    meta = node["config"].get("meta") or {}
    text = node.get("description") or meta.get("description")
    if not text:
        test = node.get("test_metadata") or {}
        arguments = dict(test.get("kwargs") or {})
        arguments |= arguments.pop("arguments", None) or {}
        told = {k: v for k, v in arguments.items() if k not in {"model", "show"}}
        given = ", ".join(f"{name}: {value}" for name, value in told.items())
        text = f"{test.get('name', 'SQL')} ({given})" if given else test.get("name", "")
    text = " ".join(str(text).split())
    return f"{text}. Who mends it: {meta['owner']}" if meta.get("owner") else text


def tested_node(manifest: Mapping[str, Any], test: Mapping[str, Any]) -> str | None:
    """The model, seed or source that a test is about: of several, the nearest to the readers."""
    if test.get("attached_node"):
        return test["attached_node"]
    parents = test["depends_on"]["nodes"]
    if len(parents) < 2:
        return next(iter(parents), None)
    order = order_of_layers(manifest)

    def rank(unique_id: str) -> tuple[int, str]:
        node = manifest["nodes"].get(unique_id)
        return (order[layer_of(node)] if node else 0, unique_id)

    return max(parents, key=rank)
