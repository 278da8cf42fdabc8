"""`reading:` in company.yml: how the company's systems write dates, numbers, gaps and words.

Fields and their checks alone; what they do to a file is said in orchestration/landing/habits.py,
and to a listed value in dbt's staging.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from orchestration.company import listed
from orchestration.company.tables import raw_tables

Order = Literal["dmy", "mdy", "ymd"]
DateForm = Literal["dmy", "mdy", "ymd", "epoch_s", "epoch_ms", "excel"]
Text = Annotated[str, Field(min_length=1)]
DATES = ("date", "timestamp")
WHOLE_TABLE = "*"


class ColumnReading(BaseModel):
    """How one column is written."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    dates: DateForm


class Reading(BaseModel):
    """What holds for all files, and for single columns of a raw table or a landed file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    dates: Order | None = None
    decimal: Literal[",", "."] | None = None
    nulls: list[Text] = []
    values: dict[Text, dict[Text, Text]] = {}
    columns: dict[Text, ColumnReading] = {}

    @field_validator("values")
    @classmethod
    def _values_are_listed(cls, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        listed.checked(value)
        return value

    @field_validator("columns")
    @classmethod
    def _columns_hold_dates(cls, value: dict[str, ColumnReading]) -> dict[str, ColumnReading]:
        """Of raw tables; which landed files there are is known when they are read."""
        for key in value:
            table, column = _split(key)
            known = (
                {one.name: one for one in raw_tables()[table].readable_columns}
                if (table in raw_tables())
                else {}
            )
            if column in known and known[column].data_type not in DATES:
                dates = [name for name, one in known.items() if one.data_type in DATES]
                raise ValueError(f"`{key}` holds no dates; of {table} these do: {', '.join(dates)}")
        return value

    def form_of(self, table: str, column: str) -> DateForm | None:
        """How a raw table's column writes its dates: what is said of it, its table, all files."""
        return self.landed_form(table, column) or self.dates

    def landed_form(self, name: str, column: str) -> DateForm | None:
        """What is said of one column (or all) of a raw table, or of a landed file's view."""
        stated = {key.lower(): one.dates for key, one in self.columns.items()}
        for key in (f"{name}.{column}", f"{name}.{WHOLE_TABLE}"):
            if key.lower() in stated:
                return stated[key.lower()]
        return None


def _split(key: str) -> tuple[str, str]:
    """`table.column`; a column's own name may hold points."""
    table, point, column = key.partition(".")
    if not (table and point and column):
        raise ValueError(f"`{key}` must name a table and a column: `tickets.opened_at`")
    return table, column
