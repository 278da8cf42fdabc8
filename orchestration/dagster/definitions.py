"""Everything that Dagster knows of one company, put together; nothing is decided here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.base.settings import Settings, load_settings, silence_telemetry
from orchestration.company.cadences import cadences_of
from orchestration.dagster.assets.gates import gate_checks
from orchestration.dagster.assets.ingest import ingest_assets
from orchestration.dagster.assets.publish import published_asset
from orchestration.dagster.assets.selection import Everything
from orchestration.dagster.assets.warehouse import warehouse_assets
from orchestration.dagster.begin_again import begin_again_sensor
from orchestration.dagster.checks import Translator
from orchestration.dagster.jobs import backfill_job, refresh_job, verify_job
from orchestration.dagster.old_runs import old_runs_sensor
from orchestration.dagster.resources import refresh_resource
from orchestration.dagster.schedules import schedules
from orchestration.dagster.sensors import alert_sensors


def build_defs(
    company: Path | None = None,
    resource_overrides: Mapping[str, Any] | None = None,
    *,
    settings: Settings | None = None,
    project: Any = None,
) -> dg.Definitions:
    """The definitions for a company's folder; tests and the command line swap resources."""
    from orchestration.company.company import load_company
    from orchestration.warehouse.project import prepare_project

    settings = settings or load_settings()
    folder = company or settings.company_folder
    loaded = load_company(folder)
    project = project or prepare_project(settings, settings.paths(loaded.id), loaded.scorecards)
    translator = Translator()
    everything = Everything(project.content, translator)
    refresh, backfill = refresh_job(settings), backfill_job(settings)
    verify = verify_job(settings, folder)
    shortest = cadences_of(loaded.scorecards)[0]
    return dg.Definitions(
        assets=[
            ingest_assets(project, translator, everything),
            warehouse_assets(project, translator, everything),
            published_asset(project, translator, everything, shortest),
        ],
        asset_checks=gate_checks(project, translator),
        jobs=[refresh, backfill, verify],
        schedules=schedules(settings, refresh, verify, loaded),
        sensors=[
            *alert_sensors(settings, folder, loaded, [refresh, backfill, verify]),
            begin_again_sensor([refresh, backfill, verify]),
            old_runs_sensor(settings.paths(loaded.id)),
        ],
        resources={"refresh": refresh_resource(settings, folder), **(resource_overrides or {})},
        # Also for "materialize" in the web interface: steps of one run share one refresh.
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` loads: the company that the environment names."""
    silence_telemetry()
    return build_defs()
