"""What several commands share: options, the company that is meant, and how errors end a command."""

import json
import os
import pwd
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from orchestration.base.errors import HealthError
from orchestration.base.settings import Settings

INTERRUPTED = 130  # 128 and the number of the signal, as shells have it

CompanyOption = Annotated[
    Path | None,
    typer.Option("--company", help="The company's folder. Default: the office software sample."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def folder_of(company: Path | None) -> Path | None:
    return company.expanduser().resolve() if company else None


def company_id(settings: Settings, company: Path | None) -> str:
    from orchestration.company.company import load_company

    return load_company(folder_of(company) or settings.company_folder).id


def account_name() -> str:
    """Who runs this, by the machine's account."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return f"user {os.getuid()}"


class Interrupted(SystemExit):
    """Somebody pressed Ctrl-C: one line says so, and the shell's own code for it."""

    def __init__(self, message: str):
        print(message, file=sys.stderr)
        super().__init__(INTERRUPTED)


def fail(error: HealthError, as_json: bool, refresh_id: str | None = None) -> NoReturn:
    """End the command with the error's exit code and its message, no traceback."""
    if as_json:
        status = {2: "bad_input", 3: "blocked", 4: "busy"}.get(error.exit_code, "failed")
        facts = {"status": status, "exit_code": error.exit_code, "message": str(error)}
        typer.echo(json.dumps({**facts, "refresh_id": refresh_id}))
    print(f"\n{error}", file=sys.stderr)
    raise SystemExit(error.exit_code)


class expected_errors:
    """`with expected_errors(as_json):` ends the command on an error that a person reads."""

    def __init__(self, as_json: bool):
        self.as_json = as_json

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: Any, error: BaseException | None, __: Any) -> None:
        from orchestration.base.failures import as_health_error

        if error is None or isinstance(error, SystemExit):
            return
        found = as_health_error(error)
        if found is not None:
            fail(found, self.as_json)
