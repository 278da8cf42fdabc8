"""`health acknowledge`: let what blocked a refresh pass, once, with author and reason."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from orchestration.base.settings import load_settings
from orchestration.commands.common import CompanyOption, JsonOption, company_id, expected_errors


def acknowledge(
    what: Annotated[str, typer.Argument(help="The check or the table that the message names.")],
    meaning: Annotated[
        str,
        typer.Option(
            "--as",
            help="outage: the source is at fault, what rests on it is stale until it is back. "
            "meant: it is true, and taken as it is.",
        ),
    ],
    author: Annotated[str, typer.Option(help="Who says so.")],
    reason: Annotated[str, typer.Option(help="Why, for those who read it later.")],
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let what blocked the last refresh pass, for this cause; recorded in the state."""
    from orchestration.acts import acknowledgements

    with expected_errors(as_json):
        settings = load_settings()
        paths = settings.paths(company_id(settings, company))
        now = datetime.now(UTC)
        entries = acknowledgements.acknowledge(paths, what, meaning, author, reason, now)
        if as_json:
            typer.echo(json.dumps({"acknowledged": entries}))
            return
        for entry in entries:
            typer.echo(f"{entry['check']}: acknowledged as {meaning} ({entry['cause']}).")
        typer.echo("Run the refresh again: it passes this cause, and no other.")
