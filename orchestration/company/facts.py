"""What an indicator of the catalogue may need: a column of a raw table, or a fact that has a name.

The models find out which of these a company records at all; see `int_indicators__recorded`.
"""

import functools
import re

from orchestration.company.tables import REPOSITORY, raw_tables

MODEL = REPOSITORY / "dbt_project" / "models" / "indicators" / "int_indicators__recorded.sql"


@functools.cache
def recordable_facts() -> frozenset[str]:
    """All of them, as `table.column` or `table.fact`."""
    model = MODEL.read_text(encoding="utf-8")
    others = _listed(model, "others", r"'(\w+)'")
    columns = (
        f"{table.name}.{column.name}"
        for table in raw_tables().values()
        for column in table.columns
        if table.name not in others and column.name not in table.key and not column.is_personal
    )
    return frozenset((*columns, *_listed(model, "named_facts", r"'(\w+\.\w+)':")))


def _listed(model: str, name: str, pattern: str) -> list[str]:
    """What a variable that the model sets lists."""
    return re.findall(pattern, model.partition(f"set {name} =")[2].partition("%}")[0])
