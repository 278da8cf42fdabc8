"""The published version: what readers see, written from the audited build."""

import dagster as dg

from orchestration.build import Project
from orchestration.checks import Translator, group_of
from orchestration.refresh import Refresh


def published_asset(project: Project, translator: Translator) -> dg.AssetsDefinition:
    marts = [
        translator.get_asset_key(node)
        for node in project.content["nodes"].values()
        if node["resource_type"] == "model" and group_of(node) == "marts"
    ]

    @dg.asset(
        name="customer_health",
        key_prefix="published",
        deps=marts,
        group_name="published",
        kinds={"duckdb", "parquet"},
        required_resource_keys={"refresh"},
        description="The version folder that `current` points at: marts alone, read-only.",
    )
    def publish(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        refresh: Refresh = context.resources.refresh
        with refresh.recording():
            outcome = refresh.publish()
        return dg.MaterializeResult(
            metadata={
                "refresh id": outcome.refresh_id,
                "as-of date": outcome.as_of_date or "",
                "rows": outcome.rows_published or 0,
                "folder": str(outcome.folder),
            }
        )

    return publish
