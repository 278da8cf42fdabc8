"""Landed files become the raw zone: one asset per raw table, one step for all of them."""

from collections.abc import Iterator, Mapping

import dagster as dg

from orchestration.base.errors import HealthError
from orchestration.company.company import load_company
from orchestration.dagster.assets.selection import Everything
from orchestration.dagster.checks import Translator
from orchestration.dagster.jobs import WRITER
from orchestration.dagster.waiting import open_when_free
from orchestration.refresh import Refresh
from orchestration.warehouse.backfill import plan
from orchestration.warehouse.parsed import Project


def ingest_assets(
    project: Project, translator: Translator, everything: Everything
) -> dg.AssetsDefinition:
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

    @dg.multi_asset(
        name="ingest",
        specs=list(specs.values()),
        required_resource_keys={"refresh"},
        config_schema={
            "from": dg.Field(str, is_required=False),
            "to": dg.Field(str, is_required=False),
        },
        pool=WRITER,
    )
    def ingest(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        refresh: Refresh = context.resources.refresh
        with refresh.recording():
            if not everything.is_selected(context):
                raise HealthError(
                    "Raw tables are landed by the whole job `refresh` alone. To build some models "
                    "in a file of your own, select those models and no raw table: they read the "
                    "raw tables of the last audited build.",
                )
            _compute_again(refresh, context.op_config or {})
            open_when_free(refresh, context.instance)
            if refresh.is_nothing_new:
                context.log.info("Nothing new since the last published refresh.")
                return
            refresh.check()
            refresh.project = project
            rows = refresh.land()
        for name, spec in specs.items():
            yield dg.MaterializeResult(asset_key=spec.key, metadata={"rows": rows.get(name, 0)})

    return ingest


def _compute_again(refresh: Refresh, config: Mapping[str, str]) -> None:
    """The job `backfill` gives a range; the job `refresh` none."""
    if "from" not in config:
        return
    company = load_company(refresh.folder)
    backfill = plan(refresh.settings.paths(company.id), config["from"], config.get("to"))
    for note in backfill.notes:
        refresh.progress.line(note)
    refresh.rebuild_from = backfill.rebuild_from
