"""The quick tests: which they are, and that one of them that builds would fail."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from project_files import ROOT

from orchestration.base.errors import HealthError
from tests.support.mini import make_world
from tests.support.no_dbt.sitecustomize import REFUSAL
from tests.support.quick import FOLDERS


def test_make_runs_the_folders_in_which_nothing_builds():
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.split("\ntest-quick:")[1].split("\n\n")[0]
    assert tuple(re.findall(r"\btests/\w+", recipe)) == FOLDERS
    assert all((ROOT / folder).is_dir() for folder in FOLDERS)


def test_a_refresh_fails_here(tmp_path):
    with pytest.raises(HealthError, match=REFUSAL):
        make_world(tmp_path).refresh()


def test_a_program_that_starts_dbt_fails_here():
    code = "import dbt; print('reached'); import dbt.cli.main"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and REFUSAL in done.stderr
    assert done.stdout == "reached\n"
