"""The tables of a version: names, columns in the order of their contract, and keys."""

import re
from dataclasses import dataclass
from typing import Any

from orchestration.base.build_files import PUBLISHED_SCHEMAS
from orchestration.base.errors import HealthError

# The schema of what readers see; that of names of persons and what they wrote.
SCHEMA, RESTRICTED = PUBLISHED_SCHEMAS
NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")
PUBLICATION = "publication"  # the catalog of the version that is made
AS_OF = "as_of_date"
MONTH = f"date_trunc('month', {AS_OF})"


@dataclass(frozen=True)
class Table:
    """One published table: its columns in the order of its contract, and its key."""

    name: str
    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    schema: str = SCHEMA
    is_view: bool = False
    types: tuple[str, ...] = ()  # of its columns, once it is built

    @property
    def relation(self) -> str:
        return f"{self.schema}.{quoted(self.name)}"

    @property
    def is_dated(self) -> bool:
        """Whether its rows belong to as-of dates, so that it is kept by months of them."""
        return AS_OF in self.key

    @property
    def is_split(self) -> bool:
        """Whether it is a Parquet file for each month: a fact by date, not the calendar itself."""
        return self.is_dated and len(self.key) > 1

    @property
    def by_key(self) -> str:
        """An order in which the same rows make the same file; by all columns without a key."""
        return quoted_list(self.key or self.columns)


def tables_from_manifest(manifest: dict[str, Any], schema: str = SCHEMA) -> tuple[Table, ...]:
    """All models of the schema, with the columns of their contract and their key."""
    tables = []
    keys = keys_from_manifest(manifest)
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "model" or node["schema"] != schema:
            continue
        tables.append(
            Table(
                name=node["alias"] or node["name"],
                columns=tuple(column["name"] for column in node["columns"].values()),
                key=keys.get(unique_id, ()),
                schema=schema,
                is_view=node["config"].get("materialized") == "view",
            )
        )
    return tuple(sorted(tables, key=lambda table: table.name))


def keys_from_manifest(manifest: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Each model's key, as its key test states it."""
    keys: dict[str, tuple[str, ...]] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        arguments = test.get("kwargs") or {}
        columns = arguments.get("columns") or (arguments.get("arguments") or {}).get("columns")
        if test.get("name") == "unique" and node.get("column_name"):
            columns = [node["column_name"]]
        if test.get("name") in {"unique", "unique_key"} and columns and node.get("attached_node"):
            keys.setdefault(node["attached_node"], tuple(columns))
    return keys


def quoted(name: str) -> str:
    if not NAME.match(name):
        raise HealthError(f"{name!r} can't be the name of a published table or column.")
    return f'"{name}"'


def quoted_list(names: Any) -> str:
    return ", ".join(quoted(name) for name in names)
