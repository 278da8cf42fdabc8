"""The analytics engineer's day: build what changed in one's own file, compare, never publish."""

import json

import duckdb
import pytest

from orchestration.base.build_files import SCRATCH, file_of
from orchestration.base.errors import BadInput
from orchestration.publishing import versions
from orchestration.warehouse.compare import compare_model, render
from orchestration.warehouse.dev import build_dev


def change(world, model, old, new):
    path = world.settings.dbt_project_dir / "models" / "marts" / f"{model}.sql"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_what_changed_is_built_beside_the_audited_build_and_compared_with_it(world):
    before = versions.current_version(world.paths)
    change(world, "fct_account_health", "'fair' as band", "'good' as band, 1 as extra")
    change(
        world, "fct_account_health", "count(*) * 10.0", "count(*) * 10.0 + (account_id = 'b')::int"
    )
    selected = "state:modified"
    assert build_dev(world.settings, world.root / "company", selected, ["--quiet"]) == 0
    with duckdb.connect(str(world.paths.dev_file), read_only=True) as connection:
        built = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'dev' order by 1"
        ).fetchall()
    assert built == [("fct_account_health",)]
    assert versions.current_version(world.paths) == before

    difference = compare_model(world.paths, "fct_account_health")
    assert difference.key == ["account_id", "as_of_date"]
    assert (difference.rows_added, difference.rows_removed, difference.rows_changed) == (0, 0, 3)
    assert difference.columns_added == ["extra"]
    assert difference.changed_by_column["band"] == 3
    assert difference.changed_by_column["score"] == 1
    assert "band: 3 rows" in render(difference)
    json.dumps(difference.as_json())


def test_generated_models_of_segments_resolve_in_dev(world):
    selected = "health_all_accounts"
    assert build_dev(world.settings, world.root / "company", selected, ["--quiet"]) == 0
    assert compare_model(world.paths, "health_all_accounts").is_equal


def test_models_without_a_key_are_compared_row_by_row(world):
    built = file_of(world.paths.audited_file, SCRATCH)
    with duckdb.connect(str(world.paths.dev_file)) as connection:
        connection.execute("create schema staging")
        connection.execute(
            f"attach '{built}' as built (read_only);"
            "create table staging.stg_usage_daily as from built.staging.stg_usage_daily "
            "where account_id = 'a'"
        )
    difference = compare_model(world.paths, "stg_usage_daily")
    assert (difference.key, difference.rows_removed, difference.rows_added) == ([], 6, 0)
    assert difference.against == str(built)


def test_what_is_missing_is_named_with_what_to_do(world):
    with pytest.raises(BadInput, match="Did you mean fct_account_health"):
        compare_model(world.paths, "fct_acount_health")
    with pytest.raises(BadInput, match="make dev SELECT=dim_accounts"):
        compare_model(world.paths, "dim_accounts")
    world.paths.audited_file.unlink()
    with pytest.raises(BadInput, match="make refresh"):
        build_dev(world.settings, world.root / "company", "state:modified+", [])
