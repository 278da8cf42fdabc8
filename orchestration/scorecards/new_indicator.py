"""A new indicator's places: catalogue row, column of its module's model, unit test, page.

Belongs here: what is written where, as pure functions from the files' old text to the new. What an
indicator means is the model's one expression, which a person writes in place of the null put here.
"""

import csv
import io
import re
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.base.errors import BadInput
from orchestration.base.files import write_atomic
from orchestration.scorecards.tables import ID_PATTERN, nearest

DIRECTIONS = ("higher", "lower", "two_sided", "context")
ALL_TABLES = "all"  # any row of any account may count: what holds until somebody knows better
LONGEST_ID = 57  # `<id>_score` is a column, of at most 63 characters on Postgres
WIDTH = 98
REFERENCE = re.compile(r"ref\('(\w+)'\)|source\('(\w+)', '(\w+)'\)")
# What a stub's inputs hold where an empty one would leave no account to speak of.
SINGLE_ROWS = {
    "source('config', 'company')": "[{usage_measure: actions}]",
    "ref('int_adoption__recorded')": "[{as_of_date: 2025-06-30, has_users: true}]",
}


@dataclass(frozen=True)
class NewIndicator:
    """What a person states of it; the rest follows from its module."""

    indicator_id: str
    module_id: str
    unit: str
    source_table: str
    definition: str
    phrase: str
    direction: str = "higher"
    window_days: int | None = None
    minimum_age_days: int = 0
    source_alternative: str = ""
    source_also: str = ""
    needs: str = ""
    shared_tables: str = ALL_TABLES
    is_judgement: bool = False

    @property
    def model(self) -> str:
        return f"int_{self.module_id}__indicators"


@dataclass(frozen=True)
class Known:
    """The names that it may use."""

    tables: Collection[str]
    facts: Collection[str]


def add_indicator(root: Path, indicator: NewIndicator, known: Known) -> list[Path]:
    """Write all places of a new indicator, or none: the files that were written."""
    catalogue = root / "seeds" / "catalogue" / "indicators.csv"
    dbt = root / "dbt_project"
    models = dbt / "models" / "indicators"
    model = models / f"{indicator.model}.sql"
    properties = models / f"_{indicator.module_id}.yml"
    test = models / f"_{indicator.module_id}__{indicator.indicator_id}.yml"
    page = dbt / "docs" / f"module-{indicator.module_id.replace('_', '-')}.md"
    rows = _read(catalogue)
    require_possible(indicator, list(csv.DictReader(io.StringIO(rows))), known)
    if test.exists():
        raise BadInput(f"{test} is there already. Nothing was written.")
    contents = {
        catalogue: with_row(rows, indicator),
        model: with_column(_read(model), indicator),
        properties: with_described_column(_read(properties), indicator),
        test: unit_test(_read(model), indicator),
        page: with_line(_read(page), indicator),
    }
    for path, content in contents.items():
        write_atomic(path, content.encode())
    return list(contents)


def require_possible(indicator: NewIndicator, rows: list[Mapping[str, str]], known: Known) -> None:
    """BadInput with all that stands against it."""
    modules = list(dict.fromkeys(row["module_id"] for row in rows))
    name, problems = indicator.indicator_id, []
    if not ID_PATTERN.fullmatch(name):
        problems.append(f'"{name}" is not an id: small letters, digits and _ only, a letter first')
    if "__" in name:
        problems.append(f'"{name}": two _ in a row begin what goes with an indicator')
    if len(name) > LONGEST_ID:
        problems.append(f'"{name}" is longer than {LONGEST_ID} characters')
    if name in {row["indicator_id"] for row in rows}:
        problems.append(f"{name} is in the catalogue already")
    if indicator.module_id not in modules:
        of = nearest(indicator.module_id, modules)
        problems.append(f'unknown module "{indicator.module_id}"{of}: {", ".join(modules)}')
    if indicator.direction not in DIRECTIONS:
        problems.append(f'direction "{indicator.direction}" is none of {", ".join(DIRECTIONS)}')
    if not indicator.source_table:
        problems.append("the source is empty: which raw table is it measured from?")
    stated = (indicator.source_table, indicator.source_alternative, indicator.source_also)
    for table in stated:
        if table and table not in known.tables:
            problems.append(f'"{table}" is no raw table{nearest(table, known.tables)}')
    for table in indicator.shared_tables.split("|") if indicator.shared_tables else ():
        if table != ALL_TABLES and table not in known.tables:
            problems.append(f'shared: "{table}" is no raw table{nearest(table, known.tables)}')
    for fact in re.split(r"[|&]", indicator.needs) if indicator.needs else ():
        if fact not in known.facts:
            problems.append(f'needs: "{fact}" is not recorded{nearest(fact, known.facts)}')
    texts = {name: getattr(indicator, name) for name in ("unit", "definition", "phrase")}
    for what, text in texts.items():
        if not text.strip() or "\n" in text:
            problems.append(f"the {what} is empty, or of several lines")
    if indicator.window_days is not None and indicator.window_days < 1:
        problems.append(f"a window of {indicator.window_days} days: at least 1, none for a state")
    if indicator.minimum_age_days < 0:
        problems.append(f"a minimum age of {indicator.minimum_age_days} days: at least 0")
    if "{value}" not in indicator.phrase:
        problems.append('the phrase does not say where "{value}" stands')
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise BadInput(f"There can be no such indicator:\n{listed}\nNothing was written.")


def with_row(catalogue: str, indicator: NewIndicator) -> str:
    """The catalogue with its row, after those of its module."""
    lines = catalogue.splitlines(keepends=True)
    header = next(csv.reader(lines))
    of_module = [
        (number, row)
        for number, row in enumerate(csv.DictReader(lines), start=1)
        if row["module_id"] == indicator.module_id
    ]
    place, neighbour = of_module[-1]
    cells = {
        "indicator_id": indicator.indicator_id,
        "module_id": indicator.module_id,
        "dimension": neighbour["dimension"],
        "unit": indicator.unit,
        "direction": indicator.direction,
        "window_days": "" if indicator.window_days is None else str(indicator.window_days),
        "minimum_age_days": str(indicator.minimum_age_days),
        "collection": "manual" if indicator.is_judgement else "automatic",
        "is_rated_by_csm": "true" if indicator.is_judgement else "false",
        "has_baseline": "false",
        "source_table": indicator.source_table,
        "source_alternative": indicator.source_alternative,
        "source_also": indicator.source_also,
        "needs": indicator.needs,
        "shared_tables": indicator.shared_tables,
        "phrase": indicator.phrase,
        "definition": indicator.definition,
    }
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerow([cells[column] for column in header])
    return "".join([*lines[: place + 1], written.getvalue(), *lines[place + 1 :]])


def with_column(model: str, indicator: NewIndicator) -> str:
    """The module's model with a column that is null so far."""
    begin = _place(model, "\nindicators as (\n", indicator)
    end = _place(model, "\n    from dates\n", indicator, begin)
    column = (
        ",\n        -- to be written: what is measured, null where there is nothing to measure\n"
        f"        {{{{ to_double('null') }}}} as {indicator.indicator_id}"
    )
    return model[:end] + column + model[end:]


def with_described_column(properties: str, indicator: NewIndicator) -> str:
    """The model's properties with the column."""
    begin = _place(properties, f"  - name: {indicator.model}\n", indicator)
    after = re.compile(r"\n(?:\n  - name: |\nunit_tests:)").search(properties, begin)
    if after is None:
        raise BadInput(f"{indicator.model} has no end in its YAML. Nothing was written.")
    column = (
        f"\n      - name: {indicator.indicator_id}\n"
        "        description: '{{ doc(\"indicator_column\") }}'"
    )
    return properties[: after.start()] + column + properties[after.start() :]


def unit_test(model: str, indicator: NewIndicator) -> str:
    """A file with one unit test: an account that has nothing, to which cases are added."""
    inputs = {
        f"ref('{ref}')" if ref else f"source('{source}', '{table}')": None
        for ref, source, table in REFERENCE.findall(model)
    }
    # The first three are read by `asked_dates`, which every such model begins with.
    given = {
        "ref('int_indicators__account_dates')": (
            "\n          - {account_id: nothing, as_of_date: 2025-06-30, scorecard_id: any,"
            "\n             scorecard_version: 1}"
        ),
        "ref('int_indicators__required')": (
            f"\n          - {{module_id: {indicator.module_id},"
            f"\n             indicator_id: {indicator.indicator_id}}}"
        ),
        "ref('int_indicators__carried_dates')": " []",
    }
    for one in inputs:
        of_module = one.startswith(f"ref('int_{indicator.module_id}__")
        rows = SINGLE_ROWS.get(one, "[]")
        given[one] = " [{account_id: nothing, as_of_date: 2025-06-30}]" if of_module else f" {rows}"
    description = textwrap.fill(
        indicator.definition, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6
    )
    listed = "".join(f"      - input: {one}\n        rows:{rows}\n" for one, rows in given.items())
    return (
        "# The as-of date is 30 June 2025; the name of an account says what its case is. Add one\n"
        "# for each edge: first and last day, what came later, nothing known, a zero denominator.\n"
        "version: 2\n\n"
        "unit_tests:\n"
        f"  - name: {indicator.model}_{indicator.indicator_id}\n"
        f"    model: {indicator.model}\n"
        f"    description: >-\n{description}\n"
        "    config: {meta: {owner: analytics engineering}}\n"
        f"    given:\n{listed}"
        "    expect:\n"
        "      rows:\n"
        f"        - {{account_id: nothing, {indicator.indicator_id}: null}}\n"
    )


def with_line(page: str, indicator: NewIndicator) -> str:
    """The module's page with a line in its table."""
    lines = page.splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if line.startswith("| `")]
    if not places:
        raise BadInput(f"The page of {indicator.module_id} has no table. Nothing was written.")
    last = next(
        number for number in places if number + 1 == len(lines) or lines[number + 1][:1] != "|"
    )
    definition = indicator.definition.rstrip(".").replace("|", "/")
    lines.insert(last + 1, f"| `{indicator.indicator_id}` | {definition} | |\n")
    return "".join(lines)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BadInput(f"{path} is missing: is this the project? Nothing was written.") from None


def _place(text: str, what: str, indicator: NewIndicator, begin: int = 0) -> int:
    found = text.find(what, begin)
    if found < 0:
        raise BadInput(
            f"{what.strip()!r} is not where {indicator.model} should have it, so that the column "
            "can't be placed. Write it by hand, see dbt_project/docs/adding-an-indicator.md. "
            "Nothing was written."
        )
    return found
