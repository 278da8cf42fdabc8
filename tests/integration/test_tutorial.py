"""The commands of the tutorial, run as they stand on the page, lead where the page says."""

import os
import re
import subprocess
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "dbt_project" / "docs" / "tutorial.md"


def test_the_tutorial_ends_as_it_says(tmp_path):
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script = "\n".join(blocks)
    assert script.count("make refresh") == 2
    # Beside the test's own folder instead of beside the repository.
    script = script.replace("../bakery", f"{tmp_path}/bakery").replace(
        "published/bakery", f"{tmp_path}/published/bakery"
    )
    environment = {
        **os.environ,
        "STATE_DIR": str(tmp_path / "state"),
        "PUBLISHED_DIR": str(tmp_path / "published"),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    # What the page quotes.
    assert "6 of 6 accounts scored as of 2025-12-28, 0 unscored" in done.stdout
    assert "weights sum to 110, not 100" in done.stderr
    assert "bakery: company.yml and the scorecards are valid." in done.stdout
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
