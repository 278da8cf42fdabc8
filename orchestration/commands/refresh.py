"""`health refresh`, and what every command that publishes shares: run the stages, tell, report."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.base.errors import BadInput
from orchestration.base.settings import Settings, load_settings, silence_telemetry
from orchestration.base.spared import seldom_searching_for_garbage
from orchestration.commands.common import (
    CompanyOption,
    Interrupted,
    JsonOption,
    expected_errors,
    fail,
    folder_of,
)


def refresh(
    company: CompanyOption = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Score as of this date (YYYY-MM-DD).")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Build from the archived loads, not from the last build.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Land new files, build, check and publish.

    Exit codes: 0 published or nothing new, 2 bad input, 3 blocked by a check, 4 another refresh
    is running, 1 anything else.
    """
    from orchestration.refresh import Refresh

    def make(settings: Settings, folder: Path) -> Refresh:
        return Refresh(settings, folder, as_of=_date(as_of), full=full)

    drive(company, as_json, make)


def drive(company: Path | None, as_json: bool, make: Callable[[Settings, Path], Any]) -> None:
    """One refresh from its lock to its alerts and its report; ends the process with its code."""
    with seldom_searching_for_garbage():
        _drive(company, as_json, make)


def _drive(company: Path | None, as_json: bool, make: Callable[[Settings, Path], Any]) -> None:
    from orchestration.alerts.refresh import Teller
    from orchestration.base.failures import as_health_error

    with expected_errors(as_json):
        settings = load_settings()
    folder = folder_of(company) or settings.company_folder
    teller = Teller(settings, folder)
    current = None
    try:
        current = make(settings, folder)
        silence_telemetry()
        current.run(when_open=teller.opened)
        teller.ended(current)
        _report(current, as_json)
    except BaseException as error:
        found = as_health_error(error)
        teller.failed(current, found or error)
        if isinstance(error, KeyboardInterrupt):
            has_published = current is not None and current.outcome is not None
            seen = "the new version" if has_published else "the last version"
            raise Interrupted(f"Interrupted: readers see {seen}, whole.") from None
        if found is None:
            raise
        fail(found, as_json, current.refresh_id if current else None)


def _report(current: Any, as_json: bool) -> None:
    """Standard output: what was published, and what it says."""
    from dataclasses import asdict

    outcome = current.outcome
    facts = {
        **{name: value for name, value in asdict(outcome).items() if name != "folder"},
        "company_id": current.company.id,
        "database": str(outcome.database),
    }
    if outcome.status == "nothing_new":
        if as_json:
            typer.echo(json.dumps(facts))
        else:
            typer.echo(
                f"Nothing new since refresh {outcome.version} (as of {outcome.as_of_date}): "
                f"nothing was published.\nThe marts lie in {outcome.database}"
            )
        return
    from orchestration.publishing import summary

    found = summary.summarise(outcome.database)
    if as_json:
        typer.echo(json.dumps({**facts, "summary": json.loads(summary.to_json(found))}))
    else:
        summary.render(found)


def _date(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--as-of {text!r} is not a date. Write it as YYYY-MM-DD.") from None
