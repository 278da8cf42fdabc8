"""What the assets need at run time: one refresh object per run, made new or handed in."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from orchestration.base.progress import Progress
from orchestration.base.settings import Settings
from orchestration.refresh import Refresh

# A tag on every run: finds the run of a refresh, and the refresh of a run.
REFRESH_ID = "health/refresh_id"


def refresh_resource(settings: Settings, folder: Path) -> dg.ResourceDefinition:
    """For runs that Dagster starts. The command line hands in the refresh that it has opened."""

    @dg.resource(description="One refresh of the company, from its lock to its log.")
    def refresh(context: dg.InitResourceContext) -> Iterator[Refresh]:
        log = context.log
        new = Refresh(settings, folder, progress=Progress(log.info if log else None))
        if context.instance and context.run_id:
            context.instance.add_run_tags(context.run_id, {REFRESH_ID: new.refresh_id})
        try:
            yield new
        finally:
            new.close()

    return refresh
