"""dbt's models and seeds as assets, built by the dbt that this process has already loaded.

dagster-dbt reads the manifest; its own way of running dbt (another process, another parse) is not
used.
"""

from collections.abc import Iterator

import dagster as dg
from dagster_dbt import dbt_assets

from orchestration.build import Project, require_success
from orchestration.checks import Translator
from orchestration.errors import HealthError
from orchestration.refresh import Refresh


def warehouse_assets(project: Project, translator: Translator) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=project.content,
        name="warehouse",
        dagster_dbt_translator=translator,
        required_resource_keys={"refresh"},
    )
    def warehouse(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.Output | dg.AssetCheckResult]:
        refresh: Refresh = context.resources.refresh
        with refresh.recording():
            if refresh.scan is None or context.is_subset:
                raise HealthError(
                    "Only the whole job `refresh` builds and publishes. To build some models, use "
                    "`make dev` (its own file; it never publishes)."
                )
            outcome = refresh.build()
        tests = [result for result in outcome.results if result.resource_type == "test"]
        for result in outcome.results:
            if result.resource_type in {"model", "seed"} and result.status == "success":
                key = translator.get_asset_key(project.node(result.unique_id))
                yield dg.Output(
                    None,
                    output_name=key.to_python_identifier(),
                    metadata={"seconds": result.seconds},
                )
        for result in tests:
            check = translator.check_result(project, result)
            if check is not None:
                yield check
        with refresh.recording():
            require_success(outcome)

    return warehouse
