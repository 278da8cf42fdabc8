"""Alerts under Dagster's daemon: on from the start. They turn runs into what `alerts` tells.

A run that got as far as opening a refresh is told from the refresh log, with the error that a
person reads; one that did not (its process was killed, company.yml is broken) from Dagster.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.events import RunFailureReason

from orchestration.alerts.events import KILLED
from orchestration.alerts.tell import Audience, Problem, tell
from orchestration.base.settings import CompanyPaths, Settings
from orchestration.dagster.jobs import REFRESH, VERIFY
from orchestration.dagster.resources import REFRESH_ID
from orchestration.dagster.schedules import CADENCE_DATE
from orchestration.publishing import refresh_log

SECONDS = 30
RUNNING = dg.DefaultSensorStatus.RUNNING
# What Dagster says of a run that it gave up because its time was over.
TOO_LONG = ("Exceeded maximum runtime", "forcibly marked as failed")
TOOK_TOO_LONG = (
    "Run {} took longer than it may (HEALTH_MAX_RUNTIME_SECONDS) and was given up. Its process may "
    "live on: `state/<company_id>/lock` names it. It can't publish any more."
)


def alert_sensors(
    settings: Settings, folder: Path, company: Any, jobs: Sequence[Any]
) -> list[dg.SensorDefinition]:
    """Failure, recovery, and once more what could not be sent."""
    paths = settings.paths(company.id)

    def say(context: Any, problem: Problem | None = None, healthy_id: str | None = None) -> None:
        # company.yml as it is now; as it was when the code was loaded where it is broken now
        audience = Audience.of_folder(folder) or Audience.of(company)
        tell(settings, audience, problem=problem, healthy_id=healthy_id, say=context.log.warning)

    @dg.run_failure_sensor(
        name="alert_on_failure",
        monitored_jobs=list(jobs),
        minimum_interval_seconds=SECONDS,
        default_status=RUNNING,
        description="Tells that a run failed, was killed, or took too long.",
    )
    def alert_on_failure(context: dg.RunFailureSensorContext) -> None:
        say(context, problem=problem_of(context))

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="alert_on_recovery",
        monitored_jobs=list(jobs),
        minimum_interval_seconds=SECONDS,
        default_status=RUNNING,
        description="Tells the first success after a failure, and dates that the data missed.",
    )
    def alert_on_recovery(context: dg.RunStatusSensorContext) -> None:
        run = context.dagster_run
        is_refresh = run.job_name == REFRESH
        say(
            context,
            problem=late(paths, run.tags.get(CADENCE_DATE)),
            healthy_id=run.tags.get(REFRESH_ID) if is_refresh else None,
        )

    @dg.sensor(
        name="alert_again",
        minimum_interval_seconds=2 * SECONDS,
        default_status=RUNNING,
        description="Sends what a channel that was down did not take.",
    )
    def alert_again(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        say(context)
        return dg.SkipReason("No runs come from here.")

    return [alert_on_failure, alert_on_recovery, alert_again]


def problem_of(context: dg.RunFailureSensorContext) -> Problem:
    """What Dagster knows of a failed run; the refresh log, where it has the refresh, knows more."""
    run = context.dagster_run
    refresh_id = run.tags.get(REFRESH_ID)
    record = context.instance.get_run_record_by_id(run.run_id)
    ended = record.end_time if record else None
    steps = context.get_step_failure_events()
    data = steps[0].step_failure_data if steps else None
    error = data.error if data else None
    while error is not None and error.cause is not None:
        error = error.cause
    text = (error.message if error else context.failure_event.message) or ""
    at = datetime.fromtimestamp(ended, UTC) if ended else None
    reason = getattr(context.failure_event.event_specific_data, "failure_reason", None)
    if run.job_name == VERIFY:
        return Problem(f"run-{run.run_id}", "verify", text, at)
    key = refresh_id or f"run-{run.run_id}"
    if any(words in text for words in TOO_LONG):
        return Problem(key, "stuck", TOOK_TOO_LONG.format(run.run_id[:8]), at)
    if refresh_id and (not steps or reason == RunFailureReason.UNEXPECTED_TERMINATION):
        return Problem(key, "killed", KILLED, at)
    return Problem(key, "failed", f"Job {run.job_name}: {text}", at)


def late(paths: CompanyPaths, wanted: str | None) -> Problem | None:
    """The last date of a period has no scores, because the data does not reach it."""
    last = refresh_log.last_published(paths)
    if not wanted or not last or not last["as_of_date"]:
        return None
    if date.fromisoformat(last["as_of_date"]) >= date.fromisoformat(wanted):
        return None
    return Problem(
        f"late-{wanted}",
        "late",
        f"Scores for {wanted} were due. The newest data is of {last['as_of_date']}, so that date "
        "is not scored yet.",
    )
