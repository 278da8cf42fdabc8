"""The docs page of all indicators, and their rows in the index, written from the catalogue.

Belongs here: the text of `dbt_project/docs/indicators.md`, and of one table of `README.md` beside
it, as pure functions of what the repository says. A test compares the committed pages with what
this writes; `make docs` writes them again.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from orchestration.base.files import write_atomic
from orchestration.base.settings import PROJECT_ROOT

CATALOGUE = PROJECT_ROOT / "seeds" / "catalogue"
EXAMPLES = PROJECT_ROOT / "tests" / "golden" / "indicator_values.csv"
PAGE = PROJECT_ROOT / "dbt_project" / "docs" / "indicators.md"
INDEX = PROJECT_ROOT / "dbt_project" / "docs" / "README.md"
MODELS = PROJECT_ROOT / "dbt_project" / "models" / "indicators"
SCORECARDS = (
    PROJECT_ROOT / "seeds" / "scorecards",
    PROJECT_ROOT / "seeds" / "companies" / "office_software" / "scorecards",
    PROJECT_ROOT / "seeds" / "companies" / "restaurant_robots" / "scorecards",
)

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


INDEX_HEAD = "| indicator | sentence | scorecards | unit test | page |\n|---|---|---|---|---|\n"


def render_index(
    index: str,
    indicators: Iterable[Row],
    asked_by: Mapping[str, list[str]],
    unit_tests: Iterable[Mapping[str, Any]],
) -> str:
    """The index with the rows of its last table, the one of the indicators, written anew."""
    before, head, _ = index.partition(INDEX_HEAD)
    tests = [(test["name"], test["model"], str(test.get("expect"))) for test in unit_tests]
    rows = []
    for row in indicators:
        name, module = row["indicator_id"], row["module_id"]
        found = [
            test
            for test, model, expected in tests
            if model == f"int_{module}__indicators" and re.search(rf"\b{name}\b", expected)
        ]
        own = [test for test in found if test.endswith(f"__indicators_{name}")]
        rows.append(
            f"| [{name}](indicators.md#{name}) | {row['definition'].replace('|', '/')} | "
            f"{', '.join(asked_by.get(name, [])) or 'none'} | "
            f"`{(own or found or ['none'])[0]}` | "
            f"[{module.replace('_', ' ')}](module-{module.replace('_', '-')}.md) |\n"
        )
    return before + head + "".join(rows)


def index() -> str:
    """The index as the repository makes it."""
    asked_by: dict[str, list[str]] = {}
    for folder in SCORECARDS:
        for row in _rows(folder / "scorecard_indicators.csv"):
            names = asked_by.setdefault(row["indicator_id"], [])
            if row["scorecard_id"] not in names:
                names.append(row["scorecard_id"])
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    unit_tests = [
        test
        for path in sorted(MODELS.glob("*.yml"))
        for test in yaml.load(path.read_text(encoding="utf-8"), Loader=loader).get("unit_tests")
        or []
    ]
    indicators = _rows(CATALOGUE / "indicators.csv")
    return render_index(INDEX.read_text(encoding="utf-8"), indicators, asked_by, unit_tests)


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
    write_atomic(INDEX, index().encode())
