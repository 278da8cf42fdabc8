"""When a landed row happened: its event time and its key, read from text as staging reads them."""

import re
from collections.abc import Mapping

from orchestration.base.lockdown import text_literal
from orchestration.company.tables import RawTable
from orchestration.landing.raw_views import TYPED
from orchestration.landing.reader import identifier


def moment(column: str, data_type: str, zone: str, types: Mapping[str, str] | None = None) -> str:
    """SQL: a landed value as a UTC timestamp; null where it can't be read.

    `types` are those of the raw table's typed columns (`raw_views.typed_columns`).
    """
    text = identifier(column)
    kind = (types or {}).get(column)
    if kind:
        typed = identifier(column + TYPED)
        if data_type == "date" or kind == "DATE":
            return f"cast(cast({typed} as date) as timestamp)"
        if kind == "TIMESTAMP WITH TIME ZONE":
            return f"timezone('UTC', {typed})"
        if zone == "UTC":
            return typed  # the conversion is slow, and most companies write UTC
        return f"timezone('UTC', timezone({text_literal(zone)}, {typed}))"
    if data_type == "date":
        return f"cast(try_cast({text} as date) as timestamp)"
    local = f"timezone('UTC', timezone({text_literal(zone)}, try_cast({text} as timestamp)))"
    return (
        f"case when {text} similar to '.*:.*(Z|z|UTC|[+-][0-9:]+)' "
        f"then timezone('UTC', try_cast({text} as timestamptz)) "
        f"when {text} like '%:%' then {local} else try_cast({text} as timestamp) end"
    )


def event_day(table: RawTable, zone: str, types: Mapping[str, str] | None = None) -> str:
    """SQL: the day (UTC) on which a row of the table happened; null where it has none."""
    expression = table.event_time or "null"
    for column in table.columns:
        if re.search(rf"\b{column.name}\b", expression):
            spelled = moment(column.name, column.data_type, zone, types)
            expression = spelled.join(re.split(rf"\b{column.name}\b", expression))
    return f"cast({expression} as date)"
