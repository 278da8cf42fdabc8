"""`health act`: what a person decides or does, as a row that the next refresh takes in.

For companies without a system that lands `cta_actions` and `csm_assessments`. Only wording and
options belong here; `orchestration/acts` checks and records.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.base.settings import load_settings
from orchestration.commands.common import (
    CompanyOption,
    JsonOption,
    account_name,
    expected_errors,
    folder_of,
)

if TYPE_CHECKING:
    from orchestration.acts.rows import Act, Desk

act = typer.Typer(
    no_args_is_help=True,
    help="Record an act: on a call to action, a module's rating, or a score. The next refresh "
    "shows it.",
)
CtaArgument = Annotated[str, typer.Argument(help="A cta_id of fct_ctas.")]
AccountArgument = Annotated[str, typer.Argument(help="An account_id of dim_accounts.")]
ModuleOption = Annotated[str, typer.Option("--module", help="A module, such as support.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for those who read it later.")]
UntilOption = Annotated[
    str, typer.Option("--until", help="The first day on which it no longer holds, YYYY-MM-DD.")
]
AuthorOption = Annotated[
    str | None, typer.Option("--author", help="Who; the account that runs this if none.")
]


@act.command("open")
def open_cta(
    account: AccountArgument,
    module: ModuleOption,
    reason: ReasonOption,
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a call to action that no rule opens."""
    _record(company, author, as_json, lambda desk, _: desk.open(account, module, reason))


@act.command()
def reopen(
    cta: CtaArgument,
    reason: ReasonOption,
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a call to action again that a person closed."""
    _record(company, author, as_json, lambda desk, _: desk.reopen(cta, reason))


@act.command()
def snooze(
    cta: CtaArgument,
    until: UntilOption,
    reason: ReasonOption,
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a call to action rest until a day."""
    _record(company, author, as_json, lambda desk, _: desk.snooze(cta, until, reason))


@act.command()
def close(
    cta: CtaArgument,
    reason: ReasonOption,
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close a call to action."""
    _record(company, author, as_json, lambda desk, _: desk.close(cta, reason))


@act.command()
def reassign(
    cta: CtaArgument,
    to: Annotated[str, typer.Option("--to", help="A staff_id: who acts from now on.")],
    reason: ReasonOption,
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a call to action to another member of staff."""
    _record(company, author, as_json, lambda desk, _: desk.reassign(cta, to, reason))


@act.command()
def step(
    cta: CtaArgument,
    step: Annotated[str, typer.Argument(help="A step_id of its playbook.")],
    reason: ReasonOption = "",
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tick a step of a call's playbook."""
    _record(company, author, as_json, lambda desk, _: desk.step(cta, step, reason))


@act.command()
def note(
    cta: CtaArgument,
    words: Annotated[str, typer.Argument(help="What is to be remembered.")],
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write something down on a call to action."""
    _record(company, author, as_json, lambda desk, _: desk.note(cta, words))


@act.command()
def flag(
    account: AccountArgument,
    module: ModuleOption,
    reason: ReasonOption,
    rating: Annotated[str, typer.Option("--rating", help="red or yellow.")] = "red",
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Flag a module of an account, whatever was measured; `clear` takes it back."""
    _record(company, author, as_json, lambda desk, _: desk.flag(account, module, rating, reason))


@act.command()
def override(
    account: AccountArgument,
    until: UntilOption,
    reason: ReasonOption,
    score: Annotated[str | None, typer.Option("--score", help="0 to 100.")] = None,
    band: Annotated[str | None, typer.Option("--band", help="unhealthy, fair, healthy.")] = None,
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set an account's score or band for at most 90 days; the computed one stays beside it."""
    _record(company, author, as_json, lambda d, _: d.override(account, score, band, until, reason))


@act.command()
def clear(
    assessment: Annotated[str, typer.Argument(help="An override_id or flag_id of the marts.")],
    reason: ReasonOption,
    author: AuthorOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """End an override or a flag that was recorded here, before it expires."""
    _record(
        company,
        author,
        as_json,
        lambda desk, standing: desk.clear(standing(assessment), reason),
    )


def _record(
    company: Path | None,
    author: str | None,
    as_json: bool,
    make: "Callable[[Desk, Callable[[str], dict[str, str]]], Act]",
) -> None:
    from orchestration.acts.record import act_on

    with expected_errors(as_json):
        settings = load_settings()
        folder = folder_of(company) or settings.company_folder
        done, file = act_on(settings, folder, author or account_name(), make)
        if as_json:
            told: dict[str, str | None] = {"status": "recorded", "act_id": done.act_id}
            told |= {
                "table": done.table,
                "cta_id": done.cta_id,
                "counts_from": str(done.counts_from),
            }
            typer.echo(json.dumps(told | {"file": str(file)}))
        else:
            typer.echo(
                f"{done.said}.\nIt counts from {done.counts_from} on. "
                "The next `health refresh` shows it."
            )
