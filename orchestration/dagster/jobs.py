"""The jobs: what the command line, the schedules and the web interface run. Only names, tags and
options belong here; what a job does is the assets' own."""

from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.base.interrupts import ending_when_interrupted
from orchestration.base.settings import Settings

REFRESH = "refresh"
BACKFILL = "backfill"
VERIFY = "verify"
# Every step of a job that writes the company's state; one at a time (dagster.yaml).
WRITER = "writer"


def tags(settings: Settings) -> dict[str, str]:
    """A crash is retried from the start, for each run has a file of its own; a run that hangs is
    ended."""
    return {
        "dagster/retry_strategy": "ALL_STEPS",
        "dagster/max_runtime": str(settings.max_runtime_seconds),
    }


def refresh_job(settings: Settings) -> Any:
    """Everything, in one process: several would each import dbt again and share no open file."""
    return dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        tags=tags(settings),
        description="Land, build, check, publish: one whole refresh of the company.",
    )


def backfill_job(settings: Settings) -> Any:
    """A refresh that computes dates again. In the launchpad: `from: 2025-12-01`."""
    return dg.define_asset_job(
        BACKFILL,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        config=_range,
        tags=tags(settings),
        description="Compute the as-of dates of a range again, and publish. Equals a full refresh.",
    )


@dg.config_mapping(
    config_schema={
        "from": dg.Field(str, description="First as-of date to compute again, YYYY-MM-DD."),
        "to": dg.Field(
            str, is_required=False, description="Last one. Later dates rest on it and follow."
        ),
    }
)
def _range(given: dict[str, Any]) -> dict[str, Any]:
    return {"ops": {"ingest": {"config": given}}}


def verify_job(settings: Settings, folder: Path) -> dg.JobDefinition:
    """`health verify`: a full refresh beside the incremental ones, compared and thrown away."""

    @dg.op(pool=WRITER, description="Build everything again, compare every mart, cell by cell.")
    def compare_with_a_full_refresh(context: dg.OpExecutionContext) -> None:
        from orchestration.dagster.waiting import when_free
        from orchestration.warehouse.verify import require_equal, verify

        with ending_when_interrupted():
            found = when_free(lambda: verify(settings, folder, context.log.info))
        require_equal(found)

    @dg.job(
        name=VERIFY,
        tags=tags(settings),
        executor_def=dg.in_process_executor,
        description="Shows that what readers see is what a full refresh gives. Publishes nothing.",
    )
    def job() -> None:
        compare_with_a_full_refresh()

    return job
