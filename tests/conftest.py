"""What several folders of tests share."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ("office_software", "restaurant_robots")


@pytest.fixture(scope="session")
def published_samples(tmp_path_factory) -> Mapping[str, Path]:
    """Both sample companies, refreshed once: company id → its published database.

    The audited build, which has all layers, lies in `<state>/<company>/audited/`; see `audited`.
    Read them, never write.
    """
    folder = tmp_path_factory.mktemp("samples")
    environment = {
        **os.environ,
        "STATE_DIR": str(folder / "state"),
        "PUBLISHED_DIR": str(folder / "published"),
    }
    databases = {}
    for company in SAMPLES:
        command = [sys.executable, "-m", "orchestration.cli", "refresh"]
        command += ["--company", f"seeds/companies/{company}"]
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        current = folder / "published" / company / "current"
        databases[company] = current / "customer_health.duckdb"
    return databases


@pytest.fixture(scope="session")
def audited(published_samples) -> Mapping[str, Path]:
    """Company id → the audited build file behind what is published."""
    folder = next(iter(published_samples.values())).parents[3] / "state"
    return {company: folder / company / "audited" / "warehouse.duckdb" for company in SAMPLES}


@pytest.fixture(scope="session")
def judge(audited, tmp_path_factory):
    """dbt's unit tests, run once, and ready to judge changed models: see tests/mutants."""
    from orchestration.settings import load_settings, silence_telemetry
    from tests.mutants.judge import Judge

    silence_telemetry()
    folder = tmp_path_factory.mktemp("judge")
    # they read only the types of the relations of a build
    build = Path(shutil.copy(audited["office_software"], folder / "warehouse.duckdb"))
    build.chmod(0o644)
    state = audited["office_software"].parents[2]
    settings = load_settings({"STATE_DIR": str(state), "PUBLISHED_DIR": str(folder)})
    return Judge(settings.paths("office_software"), build, folder)
