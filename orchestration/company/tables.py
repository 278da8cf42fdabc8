"""The raw tables as _raw_tables.yml declares them. No name or type of a column is written here."""

import functools
from dataclasses import dataclass
from pathlib import Path

import yaml

from orchestration.company.spelling import suggestion

REPOSITORY = Path(__file__).resolve().parents[2]
SPECIFICATION = REPOSITORY / "dbt_project" / "models" / "staging" / "_raw_tables.yml"

# Every raw table may carry these beside its own columns.
COMMON_COLUMNS = ("arrived_at", "updated_at", "is_deleted")


@dataclass(frozen=True)
class Column:
    """One declared column."""

    name: str
    data_type: str
    is_required: bool = False
    is_personal: bool = False
    is_currency: bool = False
    has_happened: bool = False  # a moment of something that happened, not one that lies ahead
    accepted: tuple[str, ...] = ()  # of a listed column: its values, as `listed` writes them
    synonyms: tuple[tuple[str, str], ...] = ()  # words that everybody takes for one of them
    must_be_listed: bool = False  # another value would become a number or a sign
    stands_for: str | None = None  # the listed value that an empty one means
    is_id: bool = False  # compared trimmed


@dataclass(frozen=True)
class RawTable:
    """One declared table."""

    name: str
    kind: str
    columns: tuple[Column, ...]
    event_time: str | None = None
    key: tuple[str, ...] = ()

    @property
    def is_state(self) -> bool:
        """True where a landing holds the whole current state, not only what is new."""
        return self.kind == "state"

    @property
    def listed_columns(self) -> tuple[Column, ...]:
        """Columns whose values are one of a list."""
        return tuple(column for column in self.columns if column.accepted)

    @property
    def readable_columns(self) -> tuple[Column, ...]:
        """All columns that a file of this table may fill."""
        return self.columns + _COMMON


_COMMON = (
    Column("arrived_at", "timestamp"),
    Column("updated_at", "timestamp"),
    Column("is_deleted", "boolean"),
)


@functools.cache
def raw_tables() -> dict[str, RawTable]:
    """All raw tables by name, in the order of the specification."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content = yaml.load(SPECIFICATION.read_text(encoding="utf-8"), Loader=loader)
    return {entry["name"]: _table(entry) for entry in content["sources"][0]["tables"]}


def _table(entry: dict) -> RawTable:
    meta = entry["config"]["meta"]
    columns = []
    for column in entry["columns"]:
        column_meta = column.get("config", {}).get("meta", {})
        columns.append(
            Column(
                name=column["name"],
                data_type=column["data_type"],
                is_required=column_meta.get("required", False),
                is_personal=column_meta.get("personal", False),
                is_currency=column_meta.get("currency", False),
                has_happened=column_meta.get("happened", False),
                accepted=tuple(column_meta.get("accepted", ())),
                synonyms=tuple(
                    (word, value)
                    for word, value in column_meta.get("synonyms", {}).items()
                    if value in column_meta["accepted"]
                ),
                must_be_listed=column_meta.get("must_be_listed", False),
                stands_for=column_meta.get("stands_for"),
                is_id=column["data_type"] == "text" and _is_id(column["name"], meta["key"]),
            )
        )
    return RawTable(
        entry["name"], meta["kind"], tuple(columns), meta.get("event_time"), tuple(meta["key"])
    )


def refuse_unknown_table(table: str) -> None:
    """Raise ValueError, with the nearest name."""
    if table not in raw_tables():
        raise ValueError(
            f"`{table}` is no raw table{suggestion(table, raw_tables())}; the raw tables are "
            + ", ".join(raw_tables())
        )


def refuse_unknown_column(table: str, column: str) -> None:
    """Raise ValueError, with the nearest name."""
    names = [known.name for known in raw_tables()[table].columns]
    if column not in names:
        raise ValueError(
            f"`{column}` is no column of {table}{suggestion(column, names)}; its columns are "
            + ", ".join(names)
        )


def _is_id(name: str, key: list[str]) -> bool:
    """Of a thing, or of the thing that it points to."""
    return name in key or name.endswith("_id") or name == "replaced_by"
