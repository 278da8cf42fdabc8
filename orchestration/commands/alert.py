"""`health alert`: tell what is still to be told, or send a test by every channel."""

import json
from typing import Annotated

import typer

from orchestration.base.errors import BadInput
from orchestration.base.settings import load_settings
from orchestration.commands.common import CompanyOption, JsonOption, expected_errors, folder_of


def alert(
    company: CompanyOption = None,
    test: Annotated[
        bool, typer.Option("--test", help="Send a test message by every channel.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Send the alerts that are due, or with --test a test message.

    Exit codes: 0 all sent, 1 a channel did not take its message, 2 no channel is configured.
    """
    from orchestration.alerts.tell import Audience, send_test, tell
    from orchestration.company.company import load_company

    with expected_errors(as_json):
        settings = load_settings()
        folder = folder_of(company) or settings.company_folder
        audience = Audience.of(load_company(folder))
        if not audience.channels:
            raise BadInput(
                f"{folder / 'company.yml'} names no alerts. Add a section `alerts`, for example:\n"
                "alerts:\n  - kind: file\nThe other kinds: dbt_project/docs/operations.md."
            )
        results: dict[str, str] = {}
        unsent: list[str] = []
        if test:
            results = send_test(settings, audience)
            unsent = [f"{channel}: {error}" for channel, error in results.items() if error]
        else:
            tell(settings, audience, say=unsent.append)
        if as_json:
            typer.echo(json.dumps({"tested": sorted(results), "not_sent": unsent}))
        else:
            sent = [f"{channel}: sent" for channel, error in results.items() if not error]
            typer.echo("\n".join(sent + unsent) or "Nothing is left to be told.")
        raise SystemExit(1 if unsent else 0)
