"""Crashed runs that Dagster meant to retry and did not.

Its daemon may read that a run has failed before the run's own record says so; then it passes the
run over, for good. Seen after a restart of everything, when both happen within the same second:
just when a retry is needed.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

WILL_RETRY = "dagster/will_retry"
RETRIED_BY = "dagster/auto_retry_run_id"
# Dagster's own retry comes within seconds; a crash of long ago is the next tick's.
AFTER = timedelta(minutes=2)
NOT_AFTER = timedelta(hours=2)


def begin_again_sensor(jobs: Sequence[Any]) -> dg.SensorDefinition:
    """On from the start. Each crashed run is begun again once by it."""

    @dg.sensor(
        name="begin_again",
        jobs=list(jobs),
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Begins a crashed run again where Dagster's own retry missed it.",
    )
    def begin_again(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest]:
        names = {job.name for job in jobs}
        for run in missed(context.instance, datetime.now(UTC)):
            if run.job_name in names:
                yield dg.RunRequest(
                    run_key=f"again {run.run_id}",
                    job_name=run.job_name,
                    run_config=dict(run.run_config),
                )

    return begin_again


def missed(instance: Any, now: datetime) -> list[dg.DagsterRun]:
    """Crashed runs that nobody began again: neither a retry nor any later run of their job."""
    filters = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE],
        tags={WILL_RETRY: "true"},
        updated_after=now - NOT_AFTER,
    )
    found = []
    for record in instance.get_run_records(filters=filters):
        run = record.dagster_run
        newest = instance.get_run_records(dg.RunsFilter(job_name=run.job_name), limit=1)
        is_newest = newest[0].dagster_run.run_id == run.run_id
        ended = datetime.fromtimestamp(record.end_time or 0, UTC)
        if is_newest and RETRIED_BY not in run.tags and now - ended > AFTER:
            found.append(run)
    return found
