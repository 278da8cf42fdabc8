"""The analytics engineer's build: changed models in a file of one's own, the rest read from the
last audited build. It never publishes and needs no lock."""

import sys
from pathlib import Path
from typing import Any

from orchestration.base.errors import BadInput
from orchestration.base.settings import Settings, dbt_environment, exported
from orchestration.warehouse.build import close_duckdb
from orchestration.warehouse.dbt_arguments import checked, selection
from orchestration.warehouse.project import prepare_for_dev


def build_dev(settings: Settings, folder: Path, select: str, arguments: list[str]) -> int:
    """The exit code of `dbt build --target dev`, run here with the company's environment."""
    outcome = run_dev(settings, folder, select, arguments)
    if outcome.exception is not None:
        print(outcome.exception, file=sys.stderr)
    return 0 if outcome.success else 1


def run_dev(settings: Settings, folder: Path, select: str, arguments: list[str]) -> Any:
    """dbt's own outcome of that build, for whoever wants to show each result."""
    from orchestration.company.company import load_company

    chosen, options = selection(select), checked(arguments)
    company = load_company(folder)
    paths = settings.paths(company.id)
    if not paths.audited_file.exists() or not paths.dbt_state.exists():
        raise BadInput(
            f"There is no audited build of {company.id} to read unchanged models from. "
            "Run `make refresh` once, then try again."
        )
    prepare_for_dev(settings, paths, company.scorecards)
    print(f"building {select} in {paths.dev_file}", file=sys.stderr, flush=True)
    environment = {**dbt_environment(paths), "HEALTH_TARGET": "dev"}
    from dbt.cli.main import dbtRunner

    project = str(settings.dbt_project_dir)
    command = ["build", "--project-dir", project, "--profiles-dir", project, "--target", "dev"]
    command += ["--target-path", str(paths.state / "target_dev"), "--log-path", str(paths.logs)]
    command += ["--defer", "--state", str(paths.dbt_state), "--select", *chosen]
    command += ["--log-level-file", "none"]  # an error may quote a value of a row
    try:
        with exported(environment):
            return dbtRunner().invoke([*command, *options])
    finally:
        close_duckdb()
