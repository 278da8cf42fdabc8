"""dbt's unit tests, all of them, in this process: each formula on rows made by hand."""

import shutil
from pathlib import Path

import pytest

from orchestration.settings import CompanyPaths, dbt_environment, exported, load_settings

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"


@pytest.fixture(scope="module")
def results(audited, tmp_path_factory):
    """Name → dbt's result. They read only the types of the relations of a build."""
    from dbt.cli.main import dbtRunner

    from orchestration.build import close_duckdb

    folder = tmp_path_factory.mktemp("unit")
    build = shutil.copy(audited["office_software"], folder / "warehouse.duckdb")
    Path(build).chmod(0o644)
    state = audited["office_software"].parents[2]
    settings = load_settings({"STATE_DIR": str(state), "PUBLISHED_DIR": str(folder)})
    paths: CompanyPaths = settings.paths("office_software")
    arguments = ["test", "--select", "test_type:unit", "--project-dir", str(PROJECT)]
    arguments += ["--profiles-dir", str(PROJECT), "--target", "duckdb", "--log-level", "none"]
    arguments += ["--target-path", str(folder / "target"), "--log-path", str(folder)]
    with exported(dbt_environment(paths, Path(build))):
        try:
            outcome = dbtRunner().invoke(arguments)
        finally:
            close_duckdb()
    assert outcome.result is not None, outcome.exception
    return {item.node.name: item for item in outcome.result.results}


def test_every_dbt_unit_test_passes(results) -> None:
    failed = {name: item.message for name, item in results.items() if item.status != "pass"}
    assert not failed, "\n\n".join(f"{name}: {message}" for name, message in failed.items())


def test_there_are_unit_tests_of_every_layer_with_formulas(results) -> None:
    folders = {Path(item.node.original_file_path).parts[1] for item in results.values()}
    assert {"activity", "indicators", "scoring", "marts"} <= folders
    assert len(results) >= 140
