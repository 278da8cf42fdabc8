"""`health worklist`: the day's calls to action by owner, written or sent."""

import json
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from orchestration.base.errors import BadInput
from orchestration.base.settings import load_settings
from orchestration.commands.common import CompanyOption, JsonOption, expected_errors, folder_of


def worklist(
    owner: Annotated[str | None, typer.Option("--owner", help="One owner's part.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="A folder: the list as CSV and as JSON.")
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send what was not sent yet by company.yml's worklists.")
    ] = False,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the open calls to action by owner as CSV, or send them as a message.

    Exit codes: 0 done, 1 a channel did not take its message, 2 there is nothing to do it with.
    """
    from orchestration.acts.worklist import as_csv, read_work_list, write_files
    from orchestration.acts.worklist import as_json as list_as_json
    from orchestration.company.company import load_company

    with expected_errors(as_json):
        settings = load_settings()
        folder = folder_of(company) or settings.company_folder
        loaded = load_company(folder)
        paths = settings.paths(loaded.id)
        work = read_work_list(paths, loaded.id)
        work = work.of(owner) if owner else work
        if to:
            for file in write_files(work, to):
                print(f"{len(work.rows)} calls to action in {file}", file=sys.stderr)
        if send:
            if not loaded.worklists:
                raise BadInput(
                    f"{folder / 'company.yml'} names no channel for work lists. Add a section "
                    "`worklists`, of the form of `alerts` (dbt_project/docs/acting.md)."
                )
            from orchestration.acts.worklist_messages import send_work_list

            results = send_work_list(
                paths, loaded.name, loaded.worklists, settings.secrets.of_worklists, work
            )
            if as_json:
                typer.echo(json.dumps({"as_of_date": work.as_of, "channels": results}))
            else:
                typer.echo("\n".join(f"{channel}: {what}" for channel, what in results.items()))
            if any(what.startswith("not sent") for what in results.values()):
                raise SystemExit(1)
        elif not to:
            if isinstance(sys.stdout, TextIOWrapper):
                sys.stdout.reconfigure(encoding="utf-8", newline="")
            try:
                sys.stdout.writelines([list_as_json(work)] if as_json else as_csv(work))
                sys.stdout.flush()
            except BrokenPipeError:  # who reads has seen enough, as `head` does
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
