"""The commands of the tutorial, run as they stand on the page, lead where the page says."""

import os

import duckdb

from orchestration.base.settings import PROJECT_ROOT
from tests.support.pages import Follower, blocks

PAGE = PROJECT_ROOT / "dbt_project" / "docs" / "tutorial.md"


def test_the_tutorial_ends_as_it_says(tmp_path):
    typed = [block.text for block in blocks(PAGE) if block.language == "bash"]
    assert "".join(typed).count("make refresh") == 2
    places = {"STATE_DIR": str(tmp_path / "state"), "PUBLISHED_DIR": str(tmp_path / "published")}
    # Beside the test's own folder instead of beside the repository.
    instead = {
        "../bakery": f"{tmp_path}/bakery",
        "published/bakery": f"{tmp_path}/published/bakery",
    }
    printed = Follower(PROJECT_ROOT, {**os.environ, **places}, instead).follow(PAGE)
    assert "bakery: company.yml and the scorecards are valid." in printed
    database = tmp_path / "published" / "bakery" / "current" / "customer_health.duckdb"
    with duckdb.connect(str(database), read_only=True) as marts:
        rows = marts.execute(
            "select as_of_date::varchar, round(score), knock_out_id from marts.fct_account_health "
            "where account_id = '0106' and as_of_date >= date '2025-11-30' order by as_of_date"
        ).fetchall()
        duplicates = marts.execute(
            "select duplicate_count from marts.quality_sources where source_table = 'usage_events' "
            "order by refresh_id desc"
        ).fetchone()
        tables = {row[0] for row in marts.execute("show tables from marts").fetchall()}
    assert rows == [
        ("2025-11-30", 84, None),
        ("2025-12-07", 48, None),
        ("2025-12-14", 30, None),
        ("2025-12-21", 20, "silent"),
        ("2025-12-28", 20, "silent"),
        ("2026-01-04", 20, "silent"),
    ]
    assert duplicates[0] > 600
    assert {"health_canteen", "health_shop"} <= tables
