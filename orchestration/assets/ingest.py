"""Landed files become the raw zone: one asset per raw table, one step for all of them."""

from collections.abc import Iterator

import dagster as dg

from orchestration.build import Project
from orchestration.checks import Translator
from orchestration.refresh import Refresh


def ingest_assets(project: Project, translator: Translator) -> dg.AssetsDefinition:
    specs = {
        node["name"]: dg.AssetSpec(
            key=translator.get_asset_key(node),
            description=node.get("description") or None,
            group_name=node["source_name"],
            kinds={"duckdb", "file"},
            skippable=True,
        )
        for node in project.content["sources"].values()
    }

    @dg.multi_asset(name="ingest", specs=list(specs.values()), required_resource_keys={"refresh"})
    def ingest(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        refresh: Refresh = context.resources.refresh
        with refresh.recording():
            refresh.open()
            if refresh.is_nothing_new:
                context.log.info("Nothing new since the last published refresh.")
                return
            refresh.check()
            refresh.project = project
            rows = refresh.land()
        for name, spec in specs.items():
            yield dg.MaterializeResult(asset_key=spec.key, metadata={"rows": rows.get(name, 0)})

    return ingest
