"""What a build starts from: a copy of the last audited one where that still holds, else nothing."""

import os
import shutil
from datetime import UTC, datetime

import duckdb
import pytest
import yaml

from orchestration.base.build_files import SCRATCH, file_of, open_build, published_file
from orchestration.base.errors import BadInput, Blocked
from orchestration.base.progress import Progress
from orchestration.base.settings import PROJECT_ROOT
from orchestration.refresh import Refresh
from orchestration.warehouse.fingerprints import BASE_LAYERS
from orchestration.warehouse.verify import require_equal, verify

TOMORROW = datetime(2099, 1, 2, 12, tzinfo=UTC)


def refresh(world, **options):
    """The refresh that was run, with its basis, and the day's volume of use by account."""
    found = Refresh(world.settings, progress=Progress(lambda line: None), **options)
    found.run()
    return found


def marts(world):
    with duckdb.connect(str(world.database), read_only=True) as connection:
        return connection.execute("from marts.fct_account_health order by all").fetchall()


def raw_rows(world):
    with open_build(world.paths.audited_file, world.paths.state) as connection:
        return connection.execute(
            "select _load_number, count(*) from raw.usage_daily group by 1 order by 1"
        ).fetchall()


def test_new_files_are_added_to_a_copy_of_the_last_audited_build(world):
    audited = world.paths.audited_file
    before = audited.read_bytes()
    world.use("more", ("c", "2025-03", 4))
    found = refresh(world)
    assert not found.basis.is_full
    assert (found.basis.loads_there, found.basis.stamp.build_number) == (1, 2)
    assert raw_rows(world) == [(1, 18), (2, 4)]
    incremental = marts(world)
    assert audited.read_bytes() != before
    full = refresh(world, full=True)
    assert full.basis.is_full and full.outcome.status == "published"
    assert raw_rows(world) == [(1, 18), (2, 4)]
    assert marts(world) == incremental


def test_nothing_is_carried_on_from_a_build_that_does_not_hold_any_more(world):
    older = world.root / "older.duckdb"
    shutil.copy(published_file(world.paths.audited_file, "marts"), older)
    changes = {
        "company.yml": lambda: _append(
            world.root / "company" / "company.yml", "time_zone: Asia/Tokyo\n"
        ),
        "an activity model": lambda: _new_model(world, "activity"),
        "a staging model": lambda: _new_model(world, "staging"),
        "an archived load": lambda: _append(world.paths.state / "loads" / "0001.json", "\n"),
        "a damaged file": lambda: _damage(world.paths.audited_file),
        "no file": lambda: world.paths.audited_file.unlink(),
        "no file beside it": lambda: published_file(world.paths.audited_file, "marts").unlink(),
        "half a file beside it": lambda: _cut(published_file(world.paths.audited_file, "marts"), 2),
        "an empty file beside it": lambda: _cut(file_of(world.paths.audited_file, SCRATCH), 0),
        "an older file beside it": lambda: older.replace(
            published_file(world.paths.audited_file, "marts")
        ),
    }
    for what, change in changes.items():
        change()
        found = refresh(world, rebuild_from=datetime(2025, 1, 1).date())
        assert found.basis.is_full, what
        assert found.basis.stamp.build_number == 1, what


def test_changed_scorecards_keep_staging_and_compute_all_dates_anew(world):
    scorecards = world.root / "company" / "scorecards"
    shutil.copytree(PROJECT_ROOT / "seeds" / "scorecards", scorecards)
    _append(scorecards / "README.md", "changed\n")
    found = refresh(world)
    assert not found.basis.is_full
    assert "all dates anew" in found.basis.reason


LAYERS = sorted(
    path.name for path in (PROJECT_ROOT / "dbt_project" / "models").iterdir() if path.is_dir()
)
CARRIED = (
    "{{ config(materialized='incremental', incremental_strategy='replace_where',"
    " incremental_predicates=['true'], meta={'changed_by': 'dim_accounts'}) }}"
    "-- depends on {{ ref('dim_accounts') }}\n"
)


def test_a_changed_column_of_any_layer_is_built_anew(world):
    """Carried tables of every layer that the real project has: none may keep its old columns."""
    project = world.settings.dbt_project_dir
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    settings["models"]["customer_health"] |= {layer: {"+schema": layer} for layer in LAYERS}
    (project / "dbt_project.yml").write_text(yaml.safe_dump(settings))

    def write(layers, sql):
        for layer in layers:
            folder = project / "models" / layer
            folder.mkdir(exist_ok=True)
            (folder / f"carried_{layer}.sql").write_text(CARRIED + sql)

    def columns():
        with open_build(world.paths.audited_file, world.paths.state) as connection:
            found = connection.execute(
                "select schema_name, list(column_name order by column_index) "
                "from duckdb_columns() where starts_with(table_name, 'carried_') "
                "group by database_name, schema_name, table_name"
            ).fetchall()
        return dict(found)

    write(LAYERS, "select 1 as one")
    refresh(world)
    assert columns() == {layer: ["one"] for layer in LAYERS}
    of_dates = set(LAYERS) - BASE_LAYERS
    write(of_dates, "select 2 as two, 1 as one")
    found = refresh(world)
    assert not found.basis.is_full and "all dates anew" in found.basis.reason
    assert {layer for layer, names in columns().items() if names == ["two", "one"]} == of_dates
    world.use("more", ("c", "2025-03", 4))
    assert refresh(world).basis.keeps_dates
    write(BASE_LAYERS, "select 2 as two")
    assert refresh(world).basis.is_full
    assert all(columns()[layer] == ["two"] for layer in BASE_LAYERS)


def test_what_no_new_row_can_change_is_left_as_it_is(world):
    models = world.settings.dbt_project_dir / "models" / "marts"
    (models / "dim_bands.sql").write_text("select band from {{ ref('scorecard_bands') }}")
    (models / "fct_seen.sql").write_text(
        "{{ config(materialized='view') }}select * from {{ ref('fct_account_health') }}"
    )
    (models / "fct_asked.sql").write_text(
        "{{ config(materialized='view') }}{% set found = run_query('select 1') %}"
        "select * from {{ ref('fct_account_health') }}"
    )
    # a folder may have a seed's name
    (world.settings.dbt_project_dir / "models" / "indicators").mkdir()
    shutil.move(
        models / "fct_indicator_scores.sql",
        models.parent / "indicators" / "fct_indicator_scores.sql",
    )
    assert refresh(world).build_outcome.left_out == 0  # all dates anew
    world.use("more", ("c", "2025-03", 4))
    found = refresh(world)
    built = {result.name for result in found.build_outcome.results}
    assert not built & {"dim_bands", "fct_seen", "scorecard_bands", "indicators"}
    assert built >= {"fct_asked", "fct_account_health", "dim_accounts", "fct_indicator_scores"}
    with open_build(world.paths.audited_file, world.paths.state) as connection:
        assert connection.execute("select count(*) from marts.fct_seen").fetchone() == (4,)
    assert refresh(world, full=True).build_outcome.left_out == 0


def test_a_view_that_asks_for_columns_is_made_again_where_a_load_changed_them(world):
    view = world.settings.dbt_project_dir / "models" / "staging" / "stg_asking.sql"
    view.write_text(
        "{{ config(materialized='view') }}"
        "select {{ landed_types_of('exchange_rates') | length }} as types, "
        "count(*) as rates from {{ source('raw', 'exchange_rates') }}"
    )

    def found():
        built = {result.name for result in refresh(world).build_outcome.results}
        with open_build(world.paths.audited_file, world.paths.state) as connection:
            return "stg_asking" in built, connection.execute(
                "select types > 0 from staging.stg_asking"
            ).fetchone()

    assert found() == (True, (False,))
    world.use("more", ("c", "2025-03", 4))
    assert found() == (False, (False,))
    rates = world.root / "company" / "landed" / "exchange_rates.parquet"
    duckdb.sql(
        "copy (select 'USD' as currency, date '2025-01-01' as valid_on, 1.1 as rate_to_reporting) "
        f"to '{rates}' (format parquet)"
    )
    assert found() == (True, (True,))
    world.use("again", ("c", "2025-04", 4))
    assert found() == (False, (True,))


def test_a_run_date_that_goes_back_starts_anew(world):
    world.use("more", ("c", "2025-03", 4))
    refresh(world, now=TOMORROW)
    world.use("again", ("c", "2025-04", 4))
    assert refresh(world).basis.is_full


def test_a_full_comparison_finds_a_row_that_is_not_what_a_full_refresh_gives(world):
    world.use("more", ("c", "2025-03", 4))
    refresh(world)
    current = world.paths.current.readlink()
    assert verify(world.settings, world.root / "company", lambda line: None).is_equal
    audited = published_file(world.paths.audited_file, "marts")
    audited.chmod(0o644)
    with duckdb.connect(str(audited)) as connection:
        connection.execute("update marts.fct_account_health set score = 1 where account_id = 'a'")
    found = verify(world.settings, world.root / "company", lambda line: None)
    assert [each.table for each in found.differences] == ["fct_account_health"]
    with pytest.raises(Blocked, match="fct_account_health: 2 of 4 rows"):
        require_equal(found)
    assert world.paths.current.readlink() == current
    assert not [path for path in world.paths.builds.iterdir() if path.name.startswith("verify")]


def test_a_comparison_after_a_change_of_settings_is_refused(world):
    _append(world.root / "company" / "company.yml", "time_zone: Asia/Tokyo\n")
    with pytest.raises(BadInput, match="changed since the last refresh"):
        verify(world.settings, world.root / "company", lambda line: None)


def _append(path, text):
    with path.open("a") as file:
        file.write(text)


def _new_model(world, layer):
    folder = world.settings.dbt_project_dir / "models" / layer
    folder.mkdir(exist_ok=True)
    (folder / f"stg_{layer}_new.sql").write_text("select 1 as one\n")


def _cut(path, parts):
    path.chmod(0o644)
    os.truncate(path, path.stat().st_size // parts if parts else 0)


def _damage(path):
    path.chmod(0o644)
    path.write_bytes(b"\0" * 4096)
