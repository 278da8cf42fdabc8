"""What a change of a model does to its rows: the dev file against the last published version."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb

from orchestration.base.build_files import file_of
from orchestration.base.errors import BadInput
from orchestration.base.lockdown import shut_in, text_literal
from orchestration.base.settings import CompanyPaths
from orchestration.publishing.published_tables import SCHEMA, keys_from_manifest
from orchestration.publishing.versions import DATABASE

EXAMPLES = 3


@dataclass
class Difference:
    """Rows and columns that differ between the two sides."""

    model: str
    against: str
    key: list[str]
    rows_dev: int
    rows_published: int
    rows_added: int = 0
    rows_removed: int = 0
    rows_changed: int = 0
    columns_added: list[str] = field(default_factory=list)
    columns_removed: list[str] = field(default_factory=list)
    columns_retyped: list[str] = field(default_factory=list)
    changed_by_column: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, str]] = field(default_factory=list)
    dates_from: str | None = None

    @property
    def is_equal(self) -> bool:
        rows = self.rows_added + self.rows_removed + self.rows_changed
        return not (rows or self.columns_added or self.columns_removed or self.columns_retyped)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "is_equal": self.is_equal}


def compare_model(paths: CompanyPaths, model: str) -> Difference:
    """Compare by the key that the model's key test names; without one, compare whole rows."""
    node, node_key = _node(paths, model)
    schema, table = node["schema"], node["alias"] or node["name"]
    published = paths.current / DATABASE
    built = file_of(paths.audited_file, node["database"])
    other = published if schema == SCHEMA and published.exists() else built
    for path, remedy in ((paths.dev_file, f"make dev SELECT={model}"), (other, "make refresh")):
        if not path.exists():
            raise BadInput(f"{path} does not exist yet. Run `{remedy}` first.")
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {text_literal(paths.dev_file)} as dev (read_only)")
        connection.execute(f"attach {text_literal(other)} as published (read_only)")
        connection.execute(f"attach {text_literal(paths.audited_file)} as warehouse (read_only)")
        shut_in(connection)
        dev = _columns(connection, "dev", schema, table)
        old = _columns(connection, "published", schema, table)
        if not dev:
            raise BadInput(
                f"{model} is not in {paths.dev_file.name}. Build it first: make dev SELECT={model}"
            )
        if not old:
            raise BadInput(f"{model} was not in the last published version: all of it is new.")
        key = [name for name in node_key if name in dev and name in old]
        left, right = f"dev.{schema}.{table}", f"published.{schema}.{table}"
        dates_from = _first_date_of_the_last_build(connection) if "as_of_date" in old else None
        if dates_from:
            left, right = (
                f"(select * from {side} where as_of_date >= date '{dates_from}')"
                for side in (left, right)
            )
        difference = Difference(
            model=model,
            against=str(other),
            dates_from=dates_from,
            key=key,
            rows_dev=_one(connection, f"select count(*) from {left}"),
            rows_published=_one(connection, f"select count(*) from {right}"),
            columns_added=[name for name in dev if name not in old],
            columns_removed=[name for name in old if name not in dev],
            columns_retyped=[
                f"{name}: {old[name]} -> {dev[name]}"
                for name in dev
                if name in old and dev[name] != old[name]
            ],
        )
        common = [name for name in dev if name in old]
        if key:
            _by_key(connection, difference, left, right, common)
        else:
            names = ", ".join(f'"{name}"' for name in common)
            ours, theirs = f"select {names} from {left}", f"select {names} from {right}"
            count = "select count(*) from ({} except all {})"
            difference.rows_added = _one(connection, count.format(ours, theirs))
            difference.rows_removed = _one(connection, count.format(theirs, ours))
    return difference


def render(difference: Difference) -> str:
    lines = [
        f"{difference.model}: dev {difference.rows_dev:,} rows, "
        f"published {difference.rows_published:,} rows ({difference.against})",
    ]
    if difference.dates_from:
        lines.append(
            f"  as-of dates from {difference.dates_from} on, which the last refresh computed; "
            "after `make refresh ARGS=--full` all dates are compared"
        )
    if difference.is_equal:
        return "\n".join([*lines, "  no difference"])
    lines += [
        f"  columns {what}: {', '.join(names)}"
        for what, names in (
            ("added", difference.columns_added),
            ("removed", difference.columns_removed),
            ("retyped", difference.columns_retyped),
        )
        if names
    ]
    by = f" by {', '.join(difference.key)}" if difference.key else ", whole rows compared"
    lines.append(
        f"  rows added {difference.rows_added:,}, removed {difference.rows_removed:,}, "
        f"changed {difference.rows_changed:,}{by}"
    )
    lines += [f"    {name}: {n:,} rows" for name, n in difference.changed_by_column.items()]
    lines += [
        "    example: " + ", ".join(f"{name} {value}" for name, value in example.items())
        for example in difference.examples
    ]
    return "\n".join(lines)


def _first_date_of_the_last_build(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Where the audited build's steps before the marts begin; None where they hold all dates."""
    bounds = "indicators.int_accounts__build_bounds"
    if not _columns(connection, "warehouse", *bounds.split(".")):
        return None
    row = connection.execute(
        f"select build_from from warehouse.{bounds} where build_from > first_date"
    ).fetchone()
    return str(row[0]) if row else None


def _by_key(
    connection: duckdb.DuckDBPyConnection,
    difference: Difference,
    left: str,
    right: str,
    common: list[str],
) -> None:
    on = " and ".join(f'a."{name}" is not distinct from b."{name}"' for name in difference.key)
    without = "select count(*) from {} as a where not exists (select 1 from {} as b where {})"
    difference.rows_added = _one(connection, without.format(left, right, on))
    difference.rows_removed = _one(connection, without.format(right, left, on))
    values = [name for name in common if name not in difference.key]
    if not values:
        return
    changed = {name: f'a."{name}" is distinct from b."{name}"' for name in values}
    joined = f"from {left} as a join {right} as b on {on}"
    counts = connection.execute(
        f"select count(*) filter (where {' or '.join(changed.values())}), "
        + ", ".join(f"count(*) filter (where {test})" for test in changed.values())
        + f" {joined}"
    ).fetchone()
    assert counts is not None
    difference.rows_changed = counts[0]
    difference.changed_by_column = {
        name: n for name, n in zip(values, counts[1:], strict=True) if n
    }
    for name in list(difference.changed_by_column)[:EXAMPLES]:
        keys = ", ".join(f'a."{key}"' for key in difference.key)
        row = connection.execute(
            f'select {keys}, b."{name}", a."{name}" {joined} where {changed[name]} '
            f"order by {keys} limit 1"
        ).fetchone()
        assert row is not None
        *key, old, new = map(str, row)
        difference.examples.append(
            {**dict(zip(difference.key, key, strict=True)), name: f"{old} -> {new}"}
        )


def _node(paths: CompanyPaths, model: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    if not paths.dbt_manifest.exists():
        raise BadInput("Nothing has been published yet. Run `make refresh` first.")
    manifest = json.loads(paths.dbt_manifest.read_text())
    models = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] in {"model", "seed"}
    }
    if model not in models:
        from difflib import get_close_matches

        near = get_close_matches(model, models, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise BadInput(f"The last published version has no model {model}.{hint}")
    node = models[model]
    return node, keys_from_manifest(manifest).get(node["unique_id"], ())


def _columns(
    connection: duckdb.DuckDBPyConnection, catalog: str, schema: str, table: str
) -> dict[str, str]:
    return dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() "
            "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
            [catalog, schema, table],
        ).fetchall()
    )


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
