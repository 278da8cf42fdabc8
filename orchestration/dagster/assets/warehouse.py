"""dbt's models and seeds as assets, built by the dbt that this process has already loaded.

dagster-dbt reads the manifest; its own way of running dbt (another process, another parse) is not
used. A run that leaves anything out builds what it selected in the dev file.
"""

from collections.abc import Iterable, Iterator

import dagster as dg
from dagster_dbt import dbt_assets

from orchestration.base.errors import HealthError
from orchestration.dagster.assets.selection import Everything
from orchestration.dagster.checks import Translator
from orchestration.dagster.jobs import WRITER
from orchestration.refresh import Refresh
from orchestration.warehouse.build import node_result
from orchestration.warehouse.outcome import NodeResult, require_success
from orchestration.warehouse.parsed import Project

Events = Iterator[dg.Output | dg.AssetCheckResult]


def warehouse_assets(
    project: Project, translator: Translator, everything: Everything
) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=project.content,
        name="warehouse",
        dagster_dbt_translator=translator,
        required_resource_keys={"refresh"},
        pool=WRITER,
    )
    def warehouse(context: dg.AssetExecutionContext) -> Events:
        refresh: Refresh = context.resources.refresh
        if not everything.is_selected(context):
            yield from _build_in_dev(context, refresh)
            return
        with refresh.recording():
            if refresh.scan is None:
                raise HealthError(
                    "A refresh can't go on from its middle: its build file is thrown away when it "
                    "fails. Choose “re-execute all”, or start the job again."
                )
            outcome = refresh.build()
        yield from _events(project, translator, outcome.results)
        with refresh.recording():
            require_success(outcome)

    def _build_in_dev(context: dg.AssetExecutionContext, refresh: Refresh) -> Events:
        """`make dev` for the selected models: a file of its own, and nothing is published."""
        from orchestration.warehouse.dev import run_dev

        # Checks alone, without their models, look at the last audited build.
        names = sorted(key.path[-1] for key in context.selected_asset_keys) or sorted(
            key.name for key in context.selected_asset_check_keys
        )
        context.log.info(f"{len(names)} selected: built in the dev file, never published.")
        with refresh.recording():
            done = run_dev(refresh.settings, refresh.folder, " ".join(names), ["--quiet"])
        raw = list(getattr(done.result, "results", None) or [])
        results = [one for one in map(node_result, raw) if one.resource_type != "unit_test"]
        yield from _events(project, translator, results, {"built in": "dev file, not published"})
        if not done.success:
            bad = [r.name for r in map(node_result, raw) if r.status not in {"success", "pass"}]
            raise HealthError(
                f"The build in the dev file failed at {', '.join(bad[:5]) or 'its start'}. "
                "Readers see none of it."
            )

    return warehouse


def _events(
    project: Project,
    translator: Translator,
    results: Iterable[NodeResult],
    note: dict[str, str] | None = None,
) -> Events:
    """What Dagster shows: models first, then the checks on them."""
    tests = [result for result in results if result.resource_type == "test"]
    for result in results:
        if result.resource_type in {"model", "seed"} and result.status == "success":
            key = translator.get_asset_key(project.node(result.unique_id))
            yield dg.Output(
                None,
                output_name=key.to_python_identifier(),
                metadata={"seconds": result.seconds, **(note or {})},
            )
    for result in tests:
        check = translator.check_result(project, result)
        if check is not None:
            yield check
