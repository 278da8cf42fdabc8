"""The published version: what readers see, written from the audited build."""

import dagster as dg

from orchestration.base.errors import HealthError
from orchestration.company.cadences import Cadence
from orchestration.dagster.assets.selection import PUBLISHED, Everything
from orchestration.dagster.checks import Translator
from orchestration.dagster.jobs import WRITER
from orchestration.refresh import Refresh
from orchestration.warehouse.layers import layer_of
from orchestration.warehouse.parsed import Project


def published_asset(
    project: Project, translator: Translator, everything: Everything, cadence: Cadence
) -> dg.AssetsDefinition:
    """`cadence`: the company's shortest; what is published is old a day after the next was due."""
    marts = [
        translator.get_asset_key(node)
        for node in project.content["nodes"].values()
        if node["resource_type"] == "model" and layer_of(node) == "marts"
    ]

    @dg.asset(
        key=PUBLISHED,
        deps=marts,
        group_name="published",
        kinds={"duckdb", "parquet"},
        required_resource_keys={"refresh"},
        pool=WRITER,
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=cadence.failing_after, warn_window=cadence.old_after
        ),
        description="The version folder that `current` points at: marts alone, read-only.",
    )
    def publish(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        refresh: Refresh = context.resources.refresh
        with refresh.recording():
            if not everything.is_selected(context):
                raise HealthError(
                    "Only the whole job `refresh` publishes: what readers see is one run's work. "
                    "The models selected beside it were built in a file of your own.",
                )
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
