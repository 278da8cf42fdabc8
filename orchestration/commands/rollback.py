"""`health rollback`: readers get an earlier version back, at once."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from orchestration.base.errors import BadInput
from orchestration.base.settings import load_settings
from orchestration.commands.common import (
    CompanyOption,
    JsonOption,
    account_name,
    company_id,
    expected_errors,
)


def rollback(
    version: Annotated[
        str | None,
        typer.Argument(help="A version of `health versions`; the one before the current if none."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the refresh log.")] = "",
    author: Annotated[
        str | None, typer.Option("--author", help="Who; the account that runs this if none.")
    ] = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show readers an earlier version. A refresh that is running will not publish over it.

    It lasts until a refresh finds new input.
    """
    from orchestration.publishing.rollback import roll_back

    with expected_errors(as_json):
        if not reason.strip():
            raise BadInput('Say why, for those who read the log: --reason "scores too low".')
        settings = load_settings()
        done = roll_back(
            settings.paths(company_id(settings, company)),
            version,
            author=author or account_name(),
            reason=reason.strip(),
        )
        if as_json:
            typer.echo(json.dumps(asdict(done)))
        else:
            typer.echo(
                f"Readers see version {done.to_version} (as of {done.as_of_date}) from now on; "
                f"it was {done.from_version or 'none'}.\nIt stays so until a refresh finds new "
                "input and publishes a new version."
            )
