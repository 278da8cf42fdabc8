"""DuckDB's plans of compiled models: joins without an equality whose both sides grow.

Such a join looks at every pair of rows: it is quick on a sample and never ends for a large company.
A side grows where it reads a table whose rows become more with accounts, dates or events; it does
not where it is one row (an aggregate without groups, the newest date) or a table of settings. Which
join DuckDB chooses among those depends on how many rows there are; that it has none with an
equality does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.base.build_files import open_build

WITHOUT_EQUALITY = {
    *("NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN", "IE_JOIN", "PIECEWISE_MERGE_JOIN", "CROSS_PRODUCT")
}
# Settings and scorecards: as many rows as people wrote.
FIXED_SCHEMAS = {"config", "scorecards"}
# Tables of one row, by the model's name; and those of which a filter leaves one.
ONE_ROW = {"int_accounts__build_bounds"}
ONE_ROW_WHERE = {
    ("int_accounts__calendar", "is_newest"),
    ("int_accounts__as_of_dates", "is_newest"),
}
# Operators that give one row, or none of a table's.
ONE_ROW_OPERATORS = {
    *("UNGROUPED_AGGREGATE", "SIMPLE_AGGREGATE", "DUMMY_SCAN", "EMPTY_RESULT", "EXPRESSION_SCAN")
}
# They make rows out of one: days from the first to the last, say.
ROW_MAKERS = {"UNNEST", "INOUT_FUNCTION", "GENERATE_SERIES", "RANGE"}

Node = dict[str, Any]


@dataclass(frozen=True)
class PairwiseJoin:
    """A join that compares every row of one side with every row of the other."""

    model: str
    operator: str
    condition: str
    left: frozenset[str]  # growing tables that the side reads
    right: frozenset[str]

    def __str__(self) -> str:
        sides = " with ".join(", ".join(sorted(side)) for side in (self.left, self.right))
        return f"{self.model}: {self.operator} of {sides} on {self.condition}"


def pairwise_joins(build: Path, compiled: Mapping[str, str]) -> list[PairwiseJoin]:
    """All of them, in the plans of models on a built file: model → its compiled SQL."""
    found = []
    with open_build(build, build.parents[1]) as connection:
        for model, sql in sorted(compiled.items()):
            ((_, text),) = connection.execute(f"explain (format json) {sql}").fetchall()
            found += pairwise_joins_of_plan(model, json.loads(text))
    return found


def compiled_models(target: Path) -> dict[str, str]:
    """What dbt compiled of each model: name → SQL, from its target folder."""
    return {
        file.stem: file.read_text(encoding="utf-8")
        for file in (target / "compiled").rglob("models/**/*.sql")
        if not file.parent.name.endswith(".yml")  # a test of what the YAML describes
    }


def pairwise_joins_of_plan(model: str, plan: list[Node]) -> list[PairwiseJoin]:
    ctes: dict[str, Node] = {}
    for node in _nodes(plan):
        if _name(node) == "CTE":
            ctes[node["extra_info"]["Table Index"]] = node["children"][0]
    found = []
    for node in _nodes(plan):
        if _name(node) in WITHOUT_EQUALITY:
            left, right = (_growing(child, ctes) for child in node["children"][:2])
            if left and right:
                info = node["extra_info"]
                conditions = _listed(info.get("Conditions") or info.get("Condition"))
                shown = " and ".join(conditions) or "nothing"
                found.append(PairwiseJoin(model, _name(node), shown, left, right))
    return found


def _growing(node: Node, ctes: Mapping[str, Node]) -> frozenset[str]:
    """The growing tables below a node; nothing where it gives few rows whatever there is."""
    name, info = _name(node), node.get("extra_info", {})
    if name in ONE_ROW_OPERATORS:
        return frozenset()
    if name == "SEQ_SCAN":
        _, schema, table = info["Table"].split(".")
        is_one_row = table in ONE_ROW or any(
            (table, condition) in ONE_ROW_WHERE for condition in _listed(info.get("Filters"))
        )
        return frozenset() if is_one_row or schema in FIXED_SCHEMAS else frozenset({table})
    if name == "CTE_SCAN":
        return _growing(ctes[info["CTE Index"]], ctes)
    children = node["children"]
    if name == "CTE":
        children = children[1:]
    if info.get("Join Type") in ("SEMI", "ANTI", "MARK"):
        children = children[:1]
    below = frozenset().union(*(_growing(child, ctes) for child in children))
    return below | {name.lower()} if name in ROW_MAKERS else below


def _nodes(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _nodes(node["children"])


def _name(node: Node) -> str:
    return node["name"].strip()


def _listed(text: str | list[str] | None) -> list[str]:
    """What stands under a name in a plan: a text, several, or nothing."""
    if text is None:
        return []
    return [text] if isinstance(text, str) else text
