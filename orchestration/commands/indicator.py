"""`health indicator`: begin a new indicator in this project."""

import json
from typing import Annotated

import typer

from orchestration.base.settings import load_settings
from orchestration.commands.common import JsonOption, expected_errors

indicator = typer.Typer(no_args_is_help=True, help="Work on the catalogue of indicators.")


@indicator.callback()
def root() -> None:
    """Work on the catalogue of indicators."""


@indicator.command()
def new(
    indicator_id: Annotated[str, typer.Argument(help="Its name everywhere: tickets_opened_30d.")],
    module: Annotated[str, typer.Option(help="The module it belongs to, such as support.")],
    unit: Annotated[str, typer.Option(help="Of its value; `ratio` is shown as per cent.")],
    source: Annotated[str, typer.Option(help="The raw table it is measured from.")],
    definition: Annotated[str, typer.Option(help="One sentence.")],
    phrase: Annotated[str, typer.Option(help='The fact in words: "{value} tickets in 30 days".')],
    direction: Annotated[
        str, typer.Option(help="higher or lower is better, two_sided, context.")
    ] = "higher",
    window: Annotated[int | None, typer.Option(help="Days it looks back; none: a state.")] = None,
    minimum_age: Annotated[int, typer.Option(help="Younger accounts are too new, days.")] = 0,
    alternative: Annotated[str, typer.Option(help="A table that may stand in for it.")] = "",
    also: Annotated[str, typer.Option(help="A table that it needs as well.")] = "",
    needs: Annotated[
        str,
        typer.Option(
            help="Optional columns it rests on, tickets.solved_at; & joins what goes together, "
            "| parts alternatives."
        ),
    ] = "",
    shared: Annotated[
        str,
        typer.Option(
            help="Tables of which other accounts' rows count too, parted by |; `all` while you "
            "don't know, empty where the account's own rows tell it."
        ),
    ] = "all",
    judgement: Annotated[bool, typer.Option("--judgement", help="A person's judgement.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a new indicator's catalogue row, column, unit test and line on its module's page."""
    from orchestration.company.facts import recordable_facts
    from orchestration.company.tables import raw_tables
    from orchestration.scorecards.new_indicator import Known, NewIndicator, add_indicator

    with expected_errors(as_json):
        settings = load_settings()
        stated = NewIndicator(
            indicator_id=indicator_id,
            module_id=module,
            unit=unit,
            source_table=source,
            definition=definition,
            phrase=phrase,
            direction=direction,
            window_days=window,
            minimum_age_days=minimum_age,
            source_alternative=alternative,
            source_also=also,
            needs=needs,
            shared_tables=shared,
            is_judgement=judgement,
        )
        known = Known(tables=list(raw_tables()), facts=sorted(recordable_facts()))
        written = [
            path.relative_to(settings.project_root).as_posix()
            for path in add_indicator(settings.project_root, stated, known)
        ]
        if as_json:
            typer.echo(json.dumps({"indicator_id": indicator_id, "written": written}))
            return
        for path in written:
            typer.echo(f"wrote {path}")
        typer.echo(
            f"Write its expression in {stated.model}.sql in place of the null, its cases in the "
            "unit test. What remains: dbt_project/docs/adding-an-indicator.md."
        )
