"""Dagster keeps every run for ever, some 4 MB each; this removes old ones.

What must be kept is in the refresh log. Ticks have a setting of their own in dagster.yaml.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.base.files import remove_tree
from orchestration.base.settings import CompanyPaths

KEEP_FOR = timedelta(days=90)
KEEP_AT_LEAST = 20  # so that a company that seldom refreshes still sees what its assets came from
AT_ONCE = 200
ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def old_runs_sensor(paths: CompanyPaths) -> dg.SensorDefinition:
    """On from the start, four times a day."""

    @dg.sensor(
        name="old_runs",
        minimum_interval_seconds=6 * 3600,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Removes runs that are older than {KEEP_FOR.days} days.",
    )
    def old_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        count = remove_old_runs(context.instance, paths.dagster_home, datetime.now(UTC))
        return dg.SkipReason(f"{count} old runs were removed.")

    return old_runs


def remove_old_runs(instance: Any, home: Path, now: datetime) -> int:
    """Remove ended runs beyond the limits, with their events and captured output; how many."""
    newest = {record.dagster_run.run_id for record in instance.get_run_records(limit=KEEP_AT_LEAST)}
    filters = dg.RunsFilter(statuses=ENDED, created_before=now - KEEP_FOR)
    records = instance.get_run_records(filters=filters, limit=AT_ONCE, ascending=True)
    old = [r.dagster_run.run_id for r in records if r.dagster_run.run_id not in newest]
    for run_id in old:
        instance.delete_run(run_id)
        for file in (home / "history" / "runs").glob(f"{run_id}.db*"):
            file.unlink(missing_ok=True)
        remove_tree(home / "storage" / run_id)
    return len(old)
