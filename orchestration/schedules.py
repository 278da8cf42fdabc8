"""When the job runs by itself: once a day, after the night, in the company's own zone."""

from typing import Any

import dagster as dg

EVERY_MORNING = "0 5 * * *"


def daily_schedule(job: Any, time_zone: str) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        name="daily",
        job=job,
        cron_schedule=EVERY_MORNING,
        execution_timezone=time_zone,
        description="One refresh a day. Switch it on in the web interface.",
    )
