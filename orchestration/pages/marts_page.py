"""The docs page of all marts, written from their YAML and the shared descriptions.

Belongs here: the text of `dbt_project/docs/marts.md`. A test compares the committed page with what
this writes; `make docs` writes it again. dbt is not needed: what it would resolve is one kind of
reference, the shared description.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from orchestration.base.files import write_atomic
from orchestration.base.settings import PROJECT_ROOT
from orchestration.scorecards.wide_models import ACCOUNT_COLUMNS

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
PAGE = DBT_PROJECT / "docs" / "marts.md"
# The order in which a reader meets them.
ORDER = (
    "fct_account_health",
    "fct_indicator_scores",
    "fct_module_scores",
    "fct_health_levers",
    "fct_portfolio_health",
    "fct_coverage",
    "fct_lifecycle_care",
    "fct_ctas",
    "fct_cta_steps",
    "fct_risk_review",
    "dim_accounts",
    "dim_segments",
    "dim_scorecards",
    "dim_indicators",
    "dim_playbooks",
    "dim_dates",
    "quality_quarantine",
    "quality_sources",
    "quality_unlisted_values",
    "quality_cta_actions",
    "refresh_log",
)
SHARED = re.compile(r"\{% docs (\w+) %\}\s*(.*?)\s*\{% enddocs %\}", re.DOTALL)
REFERENCE = re.compile(r"\{\{\s*doc\(\s*['\"](\w+)['\"]\s*\)\s*\}\}")

HEADER = """\
# The marts

Generated from `dbt_project/models/marts/*.yml` by `make docs`: edit those, not this page.

These tables are all that readers see, in the schema `marts` of the published file and as Parquet
([publishing](publishing.md)). They hold no name of a person and no survey text; those who need such
get it from [restricted](restricted.md). Names and grains stay; columns may be added. Scores are
points from 0 to 100, ratios 0 to 1, timestamps UTC, amounts in the company's reporting currency.
"""

WIDE = """\
## health_<segment_id>

One row per account and as-of date on which it is in the segment: one such table per segment of the
company, written from its scorecards. After the columns below, each indicator of the segment's
scorecards has two: `<indicator_id>_value`, the measured value in its own unit, and
`<indicator_id>_score`, what it is worth; both null where it was not measured.

Key: `account_id`, `as_of_date`.
"""


def render(models: Iterable[Mapping[str, Any]], shared: Mapping[str, str]) -> str:
    """The whole page, from the models' properties and the shared descriptions."""
    by_name = {model["name"]: model for model in models}
    known = [name for name in ORDER if name in by_name]
    parts = [HEADER]
    for name in [*known, *sorted(by_name.keys() - set(known))]:
        parts.append(section(by_name[name], shared))
        if name == "fct_module_scores":
            rows = [(column, kind, text) for column, kind, text in ACCOUNT_COLUMNS]
            parts.append(WIDE + "\n" + _table(rows))
    return "\n".join(parts)


def section(model: Mapping[str, Any], shared: Mapping[str, str]) -> str:
    """One model: what a row is, its key, its columns."""
    rows = [
        (column["name"], column.get("data_type", ""), meaning(column, shared))
        for column in model["columns"]
    ]
    key = ", ".join(f"`{column}`" for column in key_of(model))
    return f"## {model['name']}\n\n{_one_line(model['description'])}\n\nKey: {key}.\n\n" + _table(
        rows
    )


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    lines = ["| column | type | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {kind} | {text.replace('|', '/')} |" for name, kind, text in rows]
    return "\n".join([*lines, ""])


def key_of(model: Mapping[str, Any]) -> list[str]:
    """The columns that the model's key test names."""
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "unique_key" in test:
            return list(test["unique_key"]["arguments"]["columns"])
    return []


def meaning(column: Mapping[str, Any], shared: Mapping[str, str]) -> str:
    """A column's description with references to shared ones filled in."""
    text = column.get("description") or ""
    return _one_line(REFERENCE.sub(lambda found: shared.get(found[1], ""), text))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def shared_descriptions() -> dict[str, str]:
    """What the docs folder describes once for all models."""
    found: dict[str, str] = {}
    for path in sorted((DBT_PROJECT / "docs").glob("*.md")):
        found |= dict(SHARED.findall(path.read_text(encoding="utf-8")))
    return found


def mart_models() -> list[dict[str, Any]]:
    """The properties of all hand-written marts, old names of some among them."""
    return properties_of("marts") + properties_of("deprecated")


def properties_of(folder: str) -> list[dict[str, Any]]:
    """The properties of all models in one of the models' folders."""
    models: list[dict[str, Any]] = []
    for path in sorted((DBT_PROJECT / "models" / folder).glob("*.yml")):
        models += yaml.safe_load(path.read_text(encoding="utf-8")).get("models") or []
    return models


def page() -> str:
    """The page as the repository makes it."""
    return render(mart_models(), shared_descriptions())


if __name__ == "__main__":
    write_atomic(PAGE, page().encode())
