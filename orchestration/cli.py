"""The command line `health`. Imports little: what a command needs, it loads itself."""

import json
import sys
from typing import Annotated

import typer

from orchestration.base.masking import trace
from orchestration.base.settings import load_settings, silence_telemetry
from orchestration.commands.acknowledge import acknowledge
from orchestration.commands.act import act
from orchestration.commands.alert import alert
from orchestration.commands.backfill import backfill
from orchestration.commands.common import (
    INTERRUPTED,
    CompanyOption,
    Interrupted,
    JsonOption,
    company_id,
    expected_errors,
    folder_of,
)
from orchestration.commands.export import export
from orchestration.commands.indicator import indicator
from orchestration.commands.refresh import refresh
from orchestration.commands.rollback import rollback
from orchestration.commands.scorecard import scorecard
from orchestration.commands.upgrade import upgrade
from orchestration.commands.verify import verify
from orchestration.commands.versions import versions
from orchestration.commands.worklist import worklist

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Customer health scores from a company's folder: refresh, compare, check.",
)


@app.callback()
def root() -> None:
    """Customer health scores from a company's folder: refresh, compare, check."""


app.command()(refresh)
app.command()(backfill)


@app.command()
def compare(
    model: Annotated[str, typer.Argument(help="A model's name, such as fct_account_health.")],
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare a model in the dev file with the last published version."""
    from orchestration.warehouse.compare import compare_model, render

    with expected_errors(as_json):
        settings = load_settings()
        difference = compare_model(settings.paths(company_id(settings, company)), model)
        typer.echo(json.dumps(difference.as_json()) if as_json else render(difference))


@app.command()
def lint(company: CompanyOption = None, as_json: JsonOption = False) -> None:
    """Check a company's settings and scorecards, without building anything."""
    from orchestration.company.company import load_company
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
    from orchestration.warehouse.dev import build_dev

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
    from orchestration.dagster.webserver import run_webserver

    with expected_errors(False):
        settings = load_settings()
        silence_telemetry()
        run_webserver(settings, folder_of(company) or settings.company_folder, port, read_only)


app.command()(acknowledge)
app.add_typer(act, name="act")
app.command()(alert)
app.command()(versions)
app.command()(rollback)
app.command()(verify)
app.command()(export)
app.command()(worklist)
app.command()(upgrade)
app.add_typer(scorecard, name="scorecard")
app.add_typer(indicator, name="indicator")


def main() -> None:
    """The entry point of the program `health`."""
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED and not isinstance(end, Interrupted):
            raise Interrupted("Interrupted.") from None
        raise
    except Exception as error:  # a fault of ours: a traceback, but no value of a row
        print(trace(error), file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
