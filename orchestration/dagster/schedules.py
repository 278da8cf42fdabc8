"""When jobs run by themselves. Only that: what they do is their own.

`daily` takes what has landed. One schedule per cadence of the company's scorecards runs after a
period's last date is over and notes that date on the run, so that a sensor can say when the newest
data did not reach it. `weekly_comparison` runs the job `verify`. All are off until someone switches
them on, or HEALTH_SCHEDULES names them.
"""

from datetime import UTC
from typing import Any

import dagster as dg

from orchestration.base.errors import BadInput
from orchestration.base.settings import Settings
from orchestration.company.cadences import CADENCES, Cadence, cadences_of, cron
from orchestration.company.company import Company
from orchestration.dagster.jobs import REFRESH

CADENCE_DATE = "health/cadence_date"
COMPARISON = "weekly_comparison"
NOT_ENDED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def schedules(
    settings: Settings, job: Any, verify: Any, company: Company
) -> list[dg.ScheduleDefinition]:
    """All of a company's schedules. A name in HEALTH_SCHEDULES must be one of them."""
    require_known(settings, company)
    zone = company.time_zone
    built = [_daily(settings, job, zone), _comparison(settings, verify, zone)]
    for cadence in cadences_of(company.scorecards):
        if cadence.name != "daily":
            built.append(_by_cadence(settings, job, zone, cadence))
    return built


def require_known(settings: Settings, company: Company) -> None:
    """Refuse the name of a schedule that this company does not have."""
    cadences = [cadence.name for cadence in cadences_of(company.scorecards)]
    names = list(dict.fromkeys(["daily", COMPARISON, *cadences]))
    unknown = sorted(set(settings.schedules_on) - set(names))
    if unknown:
        raise BadInput(
            f"Environment variable HEALTH_SCHEDULES names {', '.join(unknown)}; the schedules of "
            f"{company.id} are {', '.join(names)}. For example: HEALTH_SCHEDULES=daily,{names[-1]}"
        )


def _daily(settings: Settings, job: Any, zone: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name="daily",
        job=job,
        cron_schedule=settings.daily_cron or cron(CADENCES[0], zone, 0),
        execution_timezone=zone,
        default_status=_status(settings, "daily"),
        description="Takes what has landed since the last refresh.",
    )
    def daily(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        filters = dg.RunsFilter(job_name=REFRESH, statuses=NOT_ENDED)
        running = context.instance.get_runs(filters, limit=1)
        if running:
            return dg.SkipReason(f"Run {running[0].run_id[:8]} has not ended; it takes it all.")
        return dg.RunRequest()

    return daily


def _by_cadence(settings: Settings, job: Any, zone: str, cadence: Cadence) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=cadence.name,
        job=job,
        cron_schedule=cron(cadence, zone, 30),
        execution_timezone=zone,
        default_status=_status(settings, cadence.name),
        description=f"Once the last date of a {cadence.name} period is over; says when it is late.",
    )
    def by_cadence(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        last = cadence.last_date(context.scheduled_execution_time.astimezone(UTC).date())
        return dg.RunRequest(run_key=f"{cadence.name} {last}", tags={CADENCE_DATE: str(last)})

    return by_cadence


def _comparison(settings: Settings, verify: Any, zone: str) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        name=COMPARISON,
        job=verify,
        cron_schedule="0 2 * * 0",
        execution_timezone=zone,
        default_status=_status(settings, COMPARISON),
        description="In the night to Sunday: is what readers see what a full refresh gives?",
    )


def _status(settings: Settings, name: str) -> dg.DefaultScheduleStatus:
    is_on = name in settings.schedules_on
    return dg.DefaultScheduleStatus.RUNNING if is_on else dg.DefaultScheduleStatus.STOPPED
