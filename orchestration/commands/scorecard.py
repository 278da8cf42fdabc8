"""`health scorecard`: begin the next version of a scorecard, ready to be changed."""

import json
from datetime import date
from typing import Annotated

import typer

from orchestration.base.settings import load_settings
from orchestration.commands.common import CompanyOption, JsonOption, expected_errors, folder_of

scorecard = typer.Typer(no_args_is_help=True, help="Work on a company's scorecards.")


@scorecard.callback()
def root() -> None:
    """Work on a company's scorecards."""


@scorecard.command("new-version")
def new_version(
    scorecard_id: Annotated[str, typer.Argument(help="A scorecard_id of scorecards.csv.")],
    valid_from: Annotated[
        str, typer.Option("--valid-from", help="The first day that it judges, YYYY-MM-DD.")
    ],
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a scorecard's latest version, in all files of the set, under the next number."""
    from orchestration.base.errors import BadInput
    from orchestration.company.company import load_company
    from orchestration.scorecards.new_version import add_version

    with expected_errors(as_json):
        settings = load_settings()
        loaded = load_company(folder_of(company) or settings.company_folder)
        if loaded.scorecards.parent != loaded.folder:
            own = loaded.folder / "scorecards"
            raise BadInput(
                f"{loaded.id} is judged by the shipped scorecards, which are every company's. "
                f"Give it its own first: cp -r {loaded.scorecards} {own}. Nothing was changed."
            )
        made = add_version(loaded.scorecards, settings.catalogue_dir, scorecard_id, valid_from)
        if as_json:
            facts = {"scorecard_id": made.scorecard_id, "version": made.version}
            facts |= {"valid_from": made.valid_from.isoformat(), "rows": made.rows}
            typer.echo(json.dumps(facts))
            return
        for file, count in made.rows.items():
            rows = "1 row" if count == 1 else f"{count} rows"
            typer.echo(f"{file}: {rows} of version {made.copied} copied")
        if made.valid_from <= date.today():
            typer.echo(f"note: dates since {made.valid_from} that were scored are judged anew.")
        typer.echo(
            f"{made.scorecard_id} version {made.version} judges from {made.valid_from} on. Change "
            "its rows, check them with `health lint`, then refresh."
        )
