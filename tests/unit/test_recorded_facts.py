"""What a fact rests on, when a column is gone, are the columns that its condition asks."""

import ast
import re

from orchestration.base.settings import PROJECT_ROOT
from orchestration.company.tables import raw_tables

MODELS = PROJECT_ROOT / "dbt_project" / "models" / "indicators"


def test_a_fact_rests_on_the_columns_of_its_condition() -> None:
    conditions = _set("int_indicators__recorded.sql", "named_facts")
    rests_on = _set("int_indicators__recorded_on.sql", "rests_on")
    for fact, condition in conditions.items():
        table = fact.split(".")[0]
        words = set(re.findall(r"\w+", condition))
        asked = {f"{table}.{one.name}" for one in raw_tables()[table].columns if one.name in words}
        assert set(rests_on[fact]) == asked, fact


def _set(file: str, name: str) -> dict:
    """What a model sets in its head."""
    text = (MODELS / file).read_text(encoding="utf-8")
    return ast.literal_eval(re.search(rf"set {name} = (\{{.*?\n\}}) %", text, re.S)[1])
