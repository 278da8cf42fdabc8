"""dbt's data tests as a refresh evaluates them: all of them, as dbt would, and compiled once."""

import json

import pytest

from orchestration.base.errors import Blocked, HealthError
from orchestration.warehouse import build

SCORES = "fct_account_health_scores_are_low"


def add_test(world, sql, name=SCORES):
    path = world.settings.dbt_project_dir / "tests" / f"{name}.sql"
    path.write_text(sql)
    return path


def compile_counted(monkeypatch):
    """How often dbt was asked to compile the tests."""
    real, calls = build._compile_tests, []
    monkeypatch.setattr(build, "_compile_tests", lambda *a: calls.append(1) or real(*a))
    return calls


def checks_of(world):
    return json.loads((world.paths.current / "manifest.json").read_text())


def test_tests_are_compiled_once_and_again_where_anything_they_follow_from_changed(
    world, monkeypatch
):
    world.use("second", ("b", "2025-02", 4))
    world.refresh()  # the first one in this folder
    calls = compile_counted(monkeypatch)
    world.use("third", ("b", "2025-03", 4))
    world.refresh()
    assert calls == []
    sql = "select account_id, score from {{ ref('fct_account_health') }} where score > 10 * "
    add_test(world, sql + "(20)")
    world.refresh()
    assert calls == [1]
    add_test(world, sql + "{{ most() }}")
    most = world.settings.dbt_project_dir / "macros" / "most.sql"
    most.write_text("{% macro most() %}20{% endmacro %}")
    world.refresh()
    most.write_text("{% macro most() %}1{% endmacro %}")
    with pytest.raises(Blocked, match=f"1 check failed[^$]*{SCORES}"):
        world.refresh()
    assert calls == [1, 1, 1]


def test_what_was_kept_is_not_believed_when_it_is_cut_short(world, monkeypatch):
    world.use("second", ("b", "2025-02", 4))
    world.refresh()
    calls = compile_counted(monkeypatch)
    kept = world.paths.target / "checks.json"
    kept.write_bytes(kept.read_bytes()[:100])
    world.use("third", ("b", "2025-03", 4))
    world.refresh()
    assert calls == [1] and json.loads(kept.read_bytes())["sql"]


def test_a_test_that_warns_stops_nothing_and_is_told(world):
    add_test(
        world,
        "{{ config(severity='warn', meta={'description': 'Scores are low.'}) }}"
        "select account_id from {{ ref('fct_account_health') }} where score > 60",
    )
    lines = []
    world.refresh(lines=lines)
    assert any(f"warned: {SCORES}: 1 row. Scores are low." in line for line in lines)
    assert any("    example: account_id=a" in line for line in lines)
    assert SCORES in checks_of(world)["checks_warned"]


def test_a_test_that_can_t_run_is_an_error_of_ours(world):
    add_test(world, "select no_such_column from {{ ref('fct_account_health') }}")
    with pytest.raises(HealthError, match=f"test {SCORES}: Binder Error") as error:
        world.refresh()
    assert error.value.exit_code == 1


@pytest.mark.parametrize("asked", ["limit=1", "warn_if='> 5'", "store_failures=true", "where='1'"])
def test_what_a_refresh_would_not_honour_is_refused_before_anything_is_built(world, asked):
    add_test(world, f"{{{{ config({asked}) }}}} select 1 as one where false")
    with pytest.raises(HealthError, match=f"{SCORES} sets {asked.split('=')[0]}"):
        world.refresh()
    assert [path.name for path in world.paths.builds.glob("*/warehouse.duckdb")] == []


def test_what_stumbles_behind_a_failed_test_is_not_what_is_blamed(world):
    """dbt builds nothing on rows that a test refused: the test is what people are told of."""
    models = world.settings.dbt_project_dir / "models"
    (models / "staging" / "_staging.yml").write_text(
        "version: 2\nmodels:\n  - name: stg_usage_daily\n    data_tests:\n"
        "      - expression_holds:\n          name: stg_usage_daily_has_no_c\n"
        "          arguments: {expression: account_id <> 'c', show: [account_id]}\n"
    )
    dim = models / "marts" / "dim_accounts.sql"
    dim.write_text(
        dim.read_text().replace("count(*) * 10", "max(error('no c: ' || account_id)::int)")
    )
    world.use("second", ("c", "2025-02", 11))
    with pytest.raises(Blocked) as error:
        world.refresh()
    assert "1 check failed" in str(error.value)
    assert "stg_usage_daily_has_no_c (on stg_usage_daily): 11 rows" in str(error.value)


def test_a_test_on_what_was_not_built_is_not_run(world):
    dim = world.settings.dbt_project_dir / "models" / "marts" / "dim_accounts.sql"
    dim.write_text("select error('broken')::int as account_id")
    with pytest.raises(HealthError, match=r"1 of .* steps") as error:
        world.refresh()
    # its own test, and one that reads it beside another model
    assert "(2 were skipped because of them)" in str(error.value)
