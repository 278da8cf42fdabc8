"""The job `refresh`: the one that the command line, the schedule and the web interface run."""

import logging
import warnings
from typing import Any

import dagster as dg

REFRESH = "refresh"


def refresh_job() -> Any:
    """Everything, in one process: several would each import dbt again and share no open file."""
    return dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="Land, build, check, publish: one whole refresh of the company.",
    )


def run_refresh_job(definitions: dg.Definitions, instance: dg.DagsterInstance) -> bool:
    """Run the job here and now, quietly: the refresh itself says how it goes."""
    warnings.filterwarnings("ignore", module="dagster")
    for name in ("dagster", "dagster.builtin"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    result = definitions.resolve_job_def(REFRESH).execute_in_process(
        instance=instance,
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    return result.success
