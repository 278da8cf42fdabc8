"""Everything that Dagster knows of one company, put together; nothing is decided here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.assets.ingest import ingest_assets
from orchestration.assets.publish import published_asset
from orchestration.assets.warehouse import warehouse_assets
from orchestration.checks import Translator
from orchestration.jobs import refresh_job
from orchestration.resources import refresh_resource
from orchestration.schedules import daily_schedule
from orchestration.settings import Settings, load_settings, silence_telemetry


def build_defs(
    company: Path | None = None,
    resource_overrides: Mapping[str, Any] | None = None,
    *,
    settings: Settings | None = None,
    project: Any = None,
) -> dg.Definitions:
    """The definitions for a company's folder; tests and the command line swap resources."""
    from orchestration.landing.company import load_company
    from orchestration.project import prepare_project

    settings = settings or load_settings()
    folder = company or settings.company_folder
    loaded = load_company(folder)
    project = project or prepare_project(settings, settings.paths(loaded.id), loaded.scorecards)
    translator = Translator()
    job = refresh_job()
    return dg.Definitions(
        assets=[
            ingest_assets(project, translator),
            warehouse_assets(project, translator),
            published_asset(project, translator),
        ],
        jobs=[job],
        schedules=[daily_schedule(job, loaded.time_zone)],
        resources={"refresh": refresh_resource(settings, folder), **(resource_overrides or {})},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` loads: the company that the environment names."""
    silence_telemetry()
    return build_defs()
