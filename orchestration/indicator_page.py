"""The docs page of all indicators, written from the catalogue and the values counted by hand.

Belongs here: the text of `dbt_project/docs/indicators.md`, as a pure function of two tables. A test
compares the committed page with what this writes; `make docs` writes it again.
"""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from orchestration.files import write_atomic
from orchestration.settings import PROJECT_ROOT

CATALOGUE = PROJECT_ROOT / "seeds" / "catalogue"
EXAMPLES = PROJECT_ROOT / "tests" / "golden" / "indicator_values.csv"
PAGE = PROJECT_ROOT / "dbt_project" / "docs" / "indicators.md"

Row = Mapping[str, str]

HEADER = """\
# The indicators

Generated from `seeds/catalogue/indicators.csv` and `tests/golden/indicator_values.csv` by
`make docs`: edit those, not this page.

Each indicator is one measured fact about an account on a date, in its own unit. Windows end on the
date, the date included; "week" is the last complete ISO week. The examples are accounts of the
sample companies, counted by hand; a test compares them with what is published.
"""

DIRECTIONS = {
    "higher": "higher is better",
    "lower": "lower is better",
    "two_sided": "both ends are bad",
    "context": "context only, never by itself ill health",
}


def render(modules: Iterable[Row], indicators: Iterable[Row], examples: Iterable[Row]) -> str:
    """The whole page."""
    by_indicator: dict[str, list[Row]] = {}
    for example in examples:
        by_indicator.setdefault(example["indicator_id"], []).append(example)
    listed = list(indicators)
    parts = [HEADER]
    for module in modules:
        name = module["module_id"].replace("_", "-")
        parts.append(
            f"## {module['module_name']}\n\n{module['definition']} "
            f"How it is counted: [{module['module_name'].lower()}](module-{name}.md).\n"
        )
        for indicator in listed:
            if indicator["module_id"] == module["module_id"]:
                parts.append(_section(indicator, by_indicator.get(indicator["indicator_id"], [])))
    return "\n".join(parts)


def _section(indicator: Row, examples: list[Row]) -> str:
    lines = [
        f"### {indicator['indicator_id']}",
        "",
        indicator["definition"],
        "",
        f"Unit: {indicator['unit']}; {DIRECTIONS[indicator['direction']]}; dimension "
        f"{indicator['dimension']}; {_window(indicator)}{_age(indicator)}; source "
        f"{_source(indicator)}{'; rated by a person' * (indicator['collection'] == 'manual')}.",
        "",
    ]
    if not examples:
        return "\n".join([*lines, "No example yet.", ""])
    lines += ["| company | account | date | value | how |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['company_id']} | {row['account_id']} | {row['as_of_date']} | "
        f"{row['expected_value']} | {row['how'].replace('|', '/')} |"
        for row in examples
    ]
    return "\n".join([*lines, ""])


def _window(indicator: Row) -> str:
    days = indicator["window_days"]
    return f"looks back {days} days" if days else "looks at the state on the date"


def _age(indicator: Row) -> str:
    days = indicator["minimum_age_days"]
    return "" if days in ("", "0") else f", for accounts of at least {days} days"


def _source(indicator: Row) -> str:
    text = f"`{indicator['source_table']}`"
    if indicator["source_alternative"]:
        text += f" or `{indicator['source_alternative']}`"
    if indicator["source_also"]:
        text += f", with `{indicator['source_also']}`"
    return text


def page() -> str:
    """The page as the repository's tables make it."""
    return render(
        _rows(CATALOGUE / "modules.csv"), _rows(CATALOGUE / "indicators.csv"), _rows(EXAMPLES)
    )


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    write_atomic(PAGE, page().encode())
