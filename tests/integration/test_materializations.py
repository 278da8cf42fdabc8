"""How a model becomes a table: in its place, by its contract, with its hooks, all or nothing."""

import duckdb
import pytest

from orchestration.base.errors import Blocked, HealthError
from orchestration.warehouse.dev import build_dev
from tests.support.builds import attach, rows_in

CONTRACT = """
version: 2
models:
  - name: fct_promised
    config: {{contract: {{enforced: true}}}}
    columns:
      - {{name: account_id, data_type: varchar, constraints: [{{type: not_null}}]}}
      - {{name: points, data_type: {kind}, constraints: [{{type: check, expression: points < 70}}]}}
"""
MADE = "select account_id, {points} as points from {{{{ ref('fct_account_health') }}}}"


def write(world, name, text):
    path = world.settings.dbt_project_dir / "models" / "marts" / name
    path.write_text(text)
    return path


def in_audited(world, sql):
    return rows_in(world.paths.audited_file, sql)


def promised(world, points="cast(1 as integer)", kind="integer", more=""):
    write(world, "fct_promised.yml", CONTRACT.format(kind=kind))
    write(world, "fct_promised.sql", MADE.format(points=points + more))


def test_a_contract_makes_columns_and_constraints(world):
    promised(world, points="cast(score as integer) - 1")
    world.refresh()
    assert in_audited(world, "select constraint_type from duckdb_constraints() order by all") == [
        ("CHECK",),
        ("NOT NULL",),
    ]
    # in the order of the contract, whatever the model's
    write(world, "fct_promised.sql", "select cast(1 as integer) as points, 'a' as account_id")
    world.refresh()
    assert in_audited(world, "from marts.fct_promised") == [("a", 1)]


@pytest.mark.parametrize(
    ("points", "more", "said"),
    [
        ("cast(1 as double)", "", "data type mismatch"),
        ("cast(1 as integer)", ", 1 as uncalled", "missing in contract"),
    ],
)
def test_a_contract_that_the_model_breaks_is_an_error(world, points, more, said):
    promised(world, points)
    if more:
        text = MADE.format(points=points).replace(" as points", f" as points{more}")
        write(world, "fct_promised.sql", text)
    with pytest.raises(HealthError, match=f"fct_promised: .*contract.*{said}") as error:
        world.refresh()
    assert error.value.exit_code == 1


def test_a_type_by_another_name_is_the_same_type(world):
    promised(world, kind="int4")
    world.refresh()
    assert in_audited(world, "select count(*), max(points) from marts.fct_promised") == [(3, 1)]


def test_rows_that_break_a_constraint_block(world):
    promised(world, points="cast(score as integer)")
    with pytest.raises(Blocked, match="CHECK constraint failed"):
        world.refresh()


def test_hooks_run_in_their_order_and_headers_come_first(world):
    write(
        world,
        "fct_hooked.sql",
        "{{ config(sql_header='set variable header = 7;',"
        " pre_hook=['create or replace table marts_file.marts.hooks as select 1 as number'],"
        " post_hook=['insert into marts_file.marts.hooks select counted from {{ this }}']) }}"
        "select number + getvariable('header') as counted from marts_file.marts.hooks",
    )
    world.refresh()
    assert in_audited(world, "from marts_file.marts.hooks") == [(1,), (8,)]


def test_a_table_takes_the_place_of_a_view_and_gives_it_back(world):
    for kind in ("view", "table", "view"):
        text = f"{{{{ config(materialized='{kind}') }}}} select '{kind}' as kind"
        write(world, "fct_kind.sql", text)
        assert build_dev(world.settings, world.root / "company", "fct_kind", ["--quiet"]) == 0
        with duckdb.connect(str(world.paths.dev_file)) as connection:
            attach(connection, world.paths.audited_file)
            assert connection.execute("from dev.marts.fct_kind").fetchall() == [(kind,)]
            views = "select count(*) from duckdb_views() where view_name = 'fct_kind'"
            assert connection.execute(views).fetchall() == [(int(kind == "view"),)]


@pytest.mark.parametrize(
    "strategy",
    [
        "incremental_strategy='delete+insert', unique_key='account_id'",
        "incremental_strategy='delete+insert', unique_key=['account_id', 'month']",
        "incremental_strategy='replace_where', incremental_predicates=['true'],"
        " meta={'changed_by': 'dim_accounts'}",
    ],
)
def test_a_model_reads_what_it_replaces_before_that_is_gone(world, strategy):
    write(
        world,
        "fct_counted.sql",
        f"{{{{ config(materialized='incremental', {strategy}) }}}}"
        "-- depends on {{ ref('dim_accounts') }}\n"
        "{% if is_incremental() %}select month, times + 1 as times, account_id from {{ this }}"
        "{% else %}select 'a' as account_id, 1 as month, 1 as times{% endif %}",
    )
    for number, month in enumerate(("2025-02", "2025-03", "2025-04")):
        world.use(f"file_{number}", ("b", month, 4))
        world.refresh()
    assert in_audited(world, "from marts.fct_counted") == [("a", 1, 3)]


def test_only_the_rows_that_a_build_changes_are_replaced(world):
    write(
        world,
        "fct_kept.sql",
        "{{ config(materialized='incremental', incremental_strategy='replace_where',"
        " incremental_predicates=['account_id in (select account_id from {changed})'],"
        " meta={'changed_by': 'fct_changed'}) }}"
        "{% set changed = ref('fct_changed') %}"
        "select account_id, build_number from {{ ref('dim_accounts') }} "
        "cross join {{ source('config', 'build') }}"
        "{{ where_changed('fct_changed', ['account_id']) }}",
    )
    write(world, "fct_changed.sql", "select 'b' as account_id")
    world.use("second", ("b", "2025-02", 4))
    world.refresh()
    (number,) = in_audited(world, "select build_number from config.build")[0]
    world.use("third", ("b", "2025-03", 4))
    world.refresh()
    assert in_audited(world, "from marts.fct_kept order by all") == [
        ("a", number),
        ("b", number + 1),
    ]


def test_columns_that_changed_under_a_carried_table_are_an_error(world):
    write(
        world,
        "fct_changing.sql",
        "{{ config(materialized='incremental', incremental_strategy='replace_where',"
        " incremental_predicates=['true'], meta={'changed_by': 'dim_accounts'}) }}"
        "-- depends on {{ ref('dim_accounts') }}\n"
        "select 1 as one {% if is_incremental() %}, 2 as two{% endif %}",
    )
    world.use("second", ("b", "2025-02", 4))
    world.refresh()
    world.use("third", ("b", "2025-03", 4))
    with pytest.raises(HealthError, match=r"fct_changing.*columns of .* changed since"):
        world.refresh()
