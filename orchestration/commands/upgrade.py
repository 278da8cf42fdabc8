"""`health upgrade`: bring a company's state to this release's layout."""

import json
import secrets

import typer

from orchestration.base.settings import load_settings
from orchestration.commands.common import CompanyOption, JsonOption, company_id, expected_errors


def upgrade(company: CompanyOption = None, as_json: JsonOption = False) -> None:
    """Bring the state that an earlier release wrote up to date. Run it again if it was killed."""
    from orchestration.base import layout
    from orchestration.base.errors import HealthError
    from orchestration.base.lock import Lock

    with expected_errors(as_json):
        settings = load_settings()
        paths = settings.paths(company_id(settings, company))
        if layout.number(paths) is None:
            raise HealthError(f"There is no state in {paths.state}: nothing to upgrade.")
        said: list[str] = []
        with Lock(paths.lock, f"upgrade-{secrets.token_hex(3)}"):
            count = layout.upgrade(paths, said.append)
        if as_json:
            typer.echo(json.dumps({"layout": layout.CURRENT, "steps": said}))
        elif count:
            typer.echo("\n".join(said))
            typer.echo(f"{paths.state} has layout {layout.CURRENT} now. Run `health refresh`.")
        else:
            typer.echo(f"{paths.state} has layout {layout.CURRENT} already: nothing to do.")
