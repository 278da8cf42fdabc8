"""The command line `health`. Imports little: what a command needs, it loads itself."""

import json
import sys
from datetime import date
from typing import Annotated, Any

import typer

from orchestration.commands.acknowledge import acknowledge
from orchestration.commands.alert import alert
from orchestration.commands.common import (
    CompanyOption,
    JsonOption,
    company_id,
    expected_errors,
    fail,
    folder_of,
)
from orchestration.commands.rollback import rollback
from orchestration.commands.versions import versions
from orchestration.errors import BadInput, HealthError
from orchestration.masking import trace
from orchestration.settings import Settings, load_settings, silence_telemetry

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Customer health scores from a company's folder: refresh, compare, check.",
)


@app.callback()
def root() -> None:
    """Customer health scores from a company's folder: refresh, compare, check."""


@app.command()
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
    from orchestration.alerts.refresh import Teller
    from orchestration.refresh import Refresh, as_health_error

    settings = load_settings()
    current: Refresh | None = None
    teller = Teller(settings, folder_of(company) or settings.company_folder)
    try:
        current = Refresh(settings, folder_of(company), as_of=_date(as_of), full=full)
        with current:
            current.open()
            teller.opened(current)
            if not current.is_nothing_new:
                _run(settings, current)
        teller.ended(current)
        _report(current, as_json)
    except BaseException as error:
        found = as_health_error(error)
        teller.failed(current, found or error)
        if found is None:
            raise
        fail(found, as_json, current.refresh_id if current else None)


@app.command()
def compare(
    model: Annotated[str, typer.Argument(help="A model's name, such as fct_account_health.")],
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a model in the dev file with the last published version."""
    from orchestration.compare import compare_model, render

    with expected_errors(as_json):
        settings = load_settings()
        difference = compare_model(settings.paths(company_id(settings, company)), model)
        typer.echo(json.dumps(difference.as_json()) if as_json else render(difference))


@app.command()
def lint(company: CompanyOption = None, as_json: JsonOption = False) -> None:
    """Check a company's settings and scorecards, without building anything."""
    from orchestration.landing.company import load_company
    from orchestration.scorecards.lint import require_valid

    with expected_errors(as_json):
        settings = load_settings()
        loaded = load_company(folder_of(company) or settings.company_folder)
        warnings = require_valid(loaded.scorecards, settings.catalogue_dir)
        if as_json:
            typer.echo(json.dumps({"status": "valid", "warnings": warnings}))
        else:
            for warning in warnings:
                typer.echo(f"note: {warning}")
            typer.echo(f"{loaded.id}: company.yml and the scorecards are valid.")


@app.command()
def dev(
    company: CompanyOption = None,
    select: Annotated[
        str, typer.Option("--select", help="dbt's selection; what changed by default.")
    ] = "state:modified+",
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Anything more for dbt, after --.")
    ] = None,
) -> None:
    """Build changed models in a file of your own, against the last audited build."""
    from orchestration.dev import build_dev

    with expected_errors(False):
        settings = load_settings()
        silence_telemetry()
        folder = folder_of(company) or settings.company_folder
        raise SystemExit(build_dev(settings, folder, select, arguments or []))


@app.command()
def dagster(
    company: CompanyOption = None,
    port: Annotated[int, typer.Option(help="Port on the loopback address.")] = 3000,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Only look: no schedules, no daemon, no changes.")
    ] = False,
) -> None:
    """Start Dagster's web interface and its schedules on 127.0.0.1."""
    from orchestration.webserver import run_webserver

    with expected_errors(False):
        settings = load_settings()
        silence_telemetry()
        run_webserver(settings, folder_of(company) or settings.company_folder, port, read_only)


app.command()(alert)


app.command()(acknowledge)


def _run(settings: Settings, current: Any) -> None:
    """The job `refresh` in this process, with the refresh that is already open."""
    current.check()
    current.progress.line("      loading dbt and Dagster (some seconds)")
    silence_telemetry()
    import dagster as dg
    import dbt.cli.main  # noqa: F401 - loaded here, so that no stage's time holds it

    project = current.prepare()

    from orchestration.definitions import build_defs
    from orchestration.jobs import run_refresh_job

    definitions = build_defs(
        current.folder,
        resource_overrides={"refresh": dg.ResourceDefinition.hardcoded_resource(current)},
        settings=settings,
        project=project,
    )
    # In memory: keeping 500 events in SQLite took 20 s. Our own log keeps what must be kept; runs
    # that the schedule or the web interface start are in Dagster's history.
    with dg.DagsterInstance.ephemeral() as instance:
        success = run_refresh_job(definitions, instance)
    if current.error is not None:
        raise current.error
    if not success or current.outcome is None:
        raise HealthError("Dagster ended the job without a published version; see its run's log.")


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
    from orchestration import summary

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


app.command()(versions)
app.command()(rollback)


def main() -> None:
    """The entry point of the program `health`."""
    try:
        app()
    except Exception as error:  # a fault of ours: a traceback, but no value of a row
        print(trace(error), file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
