"""Plain dbt in a clone that nothing has been run in: no state, nothing generated."""

import json
import os
import subprocess
import sys

from tests.support.clone import OURS, clone


def test_dbt_parses_in_a_fresh_clone(tmp_path):
    project = clone(tmp_path, "dbt_project", "seeds") / "dbt_project"
    before = set(tmp_path.rglob("*"))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from dbt.cli.main import cli; cli()",
            "parse",
            "--profiles-dir",
            ".",
        ],
        cwd=project,
        env={name: value for name, value in os.environ.items() if not name.startswith(OURS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    nodes = json.loads((project / "target" / "manifest.json").read_text())["nodes"]
    assert "model.customer_health.fct_account_health" in nodes
    assert "seed.customer_health.scorecard_indicators" in nodes
    written = {path.relative_to(project).parts[0] for path in set(tmp_path.rglob("*")) - before}
    assert written <= {"target", "logs"}
