"""`health backfill`: compute the as-of dates of a range again, and publish."""

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.base.settings import Settings
from orchestration.commands.common import CompanyOption, JsonOption
from orchestration.commands.refresh import drive


def backfill(
    first: Annotated[str, typer.Option("--from", help="First date to compute again (YYYY-MM-DD).")],
    last: Annotated[
        str | None, typer.Option("--to", help="Last one; without it up to the newest.")
    ] = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute the dates of a range again, and publish. The result equals a full refresh.

    Later dates rest on the range and follow. Exit codes as for `health refresh`.
    """
    from orchestration.company.company import load_company
    from orchestration.refresh import Refresh
    from orchestration.warehouse.backfill import plan

    def make(settings: Settings, folder: Path) -> Any:
        found = plan(settings.paths(load_company(folder).id), first, last)
        made = Refresh(settings, folder, rebuild_from=found.rebuild_from)
        for note in found.notes:
            made.progress.line(f"note: {note}")
        return made

    drive(company, as_json, make)
