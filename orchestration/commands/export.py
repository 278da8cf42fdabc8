"""`health export`: one published mart as CSV."""

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from orchestration.base.errors import BadInput
from orchestration.base.settings import load_settings
from orchestration.commands.common import CompanyOption, company_id, expected_errors


def export(
    mart: Annotated[str, typer.Argument(help="A mart's name, such as fct_account_health.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="A file; standard output if none.")
    ] = None,
    company: CompanyOption = None,
) -> None:
    """Write a published mart as CSV that a spreadsheet can open safely."""
    from orchestration.publishing.export import export_mart, whole_file

    with expected_errors(False):
        settings = load_settings()
        paths = settings.paths(company_id(settings, company))
        if to is None:
            if isinstance(sys.stdout, TextIOWrapper):
                sys.stdout.reconfigure(encoding="utf-8", newline="")
            try:
                export_mart(paths, mart, sys.stdout)
                sys.stdout.flush()
            except BrokenPipeError:  # who reads has seen enough, as `head` does
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        if not to.parent.is_dir():
            raise BadInput(f"{to.parent}: there is no such folder.")
        with whole_file(to) as sink:
            count = export_mart(paths, mart, sink)
        print(f"{count:,} rows of {mart} in {to}", file=sys.stderr)
