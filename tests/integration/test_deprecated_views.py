"""A column that was renamed: readers of the old name are served by a view for a while."""

import shutil

import duckdb
import pytest

from orchestration.base.errors import HealthError
from orchestration.publishing.deprecated_views import without_catalog

OLD_NAME = """\
with accounts as (
    select * from {{ ref('dim_accounts') }}
),

final as (
    select
        account_id as customer_id,
        'from marts_file.marts.dim_accounts' as note
    from accounts
)

select * from final
"""
PROPERTIES = """\
models:
  - name: dim_customers
    description: One row per account, by the name that dim_accounts had until 1.0.
    config:
      schema: marts
      materialized: view
      meta: {owner: the test, deprecated_in: "1.0", removed_in: "2.0", use: dim_accounts}
    columns: [{name: customer_id}, {name: note}]
"""


@pytest.fixture
def deprecating(world):
    folder = world.settings.dbt_project_dir / "models" / "deprecated"
    folder.mkdir()
    (folder / "dim_customers.sql").write_text(OLD_NAME)
    (folder / "dim_customers.yml").write_text(PROPERTIES)
    return folder


def test_the_old_name_is_a_view_that_opens_under_any_file_name(world, deprecating, tmp_path):
    assert world.refresh().status == "published"
    expected = [(account, "from marts_file.marts.dim_accounts") for account in "ab"]
    moved = tmp_path / "any other name.duckdb"
    shutil.copy(world.database, moved)
    with duckdb.connect(str(moved), read_only=True) as marts:
        assert marts.execute("from marts.dim_customers order by all").fetchall() == expected
        assert marts.execute(
            "select view_name from duckdb_views() where not internal"
        ).fetchall() == [("dim_customers",)]
    with duckdb.connect() as session:
        session.execute(f"attach '{moved}' as health (read_only)")
        found = session.execute("from health.marts.dim_customers order by all").fetchall()
        parquet = world.paths.current / "parquet" / "dim_customers" / "*.parquet"
        assert session.execute(f"from '{parquet}' order by all").fetchall() == found == expected
    assert world.refresh().status == "nothing_new"


def test_a_view_over_what_is_not_published_stops_publishing(world, deprecating):
    (deprecating / "dim_customers.sql").write_text(
        "select account_id as customer_id, user_id as note from {{ ref('stg_usage_daily') }}\n"
    )
    with pytest.raises(HealthError, match="dim_customers reads more than the schema marts"):
        world.refresh()


def test_only_names_lose_the_catalog():
    sql = "select 'it''s marts_file.marts.t' as a, marts_file.marts.t.b from marts_file.marts.t"
    assert without_catalog(sql, "marts") == (
        "select 'it''s marts_file.marts.t' as a, marts.t.b from marts.t"
    )
