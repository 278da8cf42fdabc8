"""Plain dbt in a clone that nothing has been run in: no state, nothing generated."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from orchestration.base.settings import PROJECT_ROOT

# What a shell may have set for this project or for dbt; a clone's defaults must do.
OURS = ("HEALTH_", "STATE_DIR", "PUBLISHED_DIR", "GENERATED_MODELS", "SCORECARDS_DIR", "DBT_")


def tracked(*folders: str) -> list[str]:
    """What is in git or about to be."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *folders]
    done = subprocess.run(listed, cwd=PROJECT_ROOT, capture_output=True, check=True, text=True)
    return [name for name in done.stdout.split("\0") if name and (PROJECT_ROOT / name).is_file()]


def clone(folder: Path) -> Path:
    for name in tracked("dbt_project", "seeds"):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT_ROOT / name, target)
    return folder / "dbt_project"


def test_dbt_parses_in_a_fresh_clone(tmp_path):
    project = clone(tmp_path)
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
