"""Dagster's own home and its web interface, on the loopback address alone."""

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from orchestration.base.errors import BadInput
from orchestration.base.files import write_atomic
from orchestration.base.settings import CompanyPaths, Settings, process_environment

CONFIG = Path(__file__).with_name("dagster.yaml")
HOST = "127.0.0.1"


def prepare_home(paths: CompanyPaths) -> Path:
    """Dagster's home for a company, with the settings of this version of the project."""
    home = paths.dagster_home
    config, wanted = home / CONFIG.name, CONFIG.read_bytes()
    if not config.exists() or config.read_bytes() != wanted:
        write_atomic(config, wanted)
    return home


def dagster_environment(settings: Settings, folder: Path) -> dict[str, str]:
    """What every Dagster process of a company gets: its home, its company, where state lies."""
    from orchestration.company.company import load_company

    home = prepare_home(settings.paths(load_company(folder).id))
    return process_environment(
        {
            "DAGSTER_HOME": str(home),
            "HEALTH_COMPANY": str(folder),
            "STATE_DIR": str(settings.state_dir),
            "PUBLISHED_DIR": str(settings.published_dir),
        }
    )


def run_webserver(settings: Settings, folder: Path, port: int, read_only: bool) -> NoReturn:
    """Web interface, daemon and code server; with `read_only` a web interface that only shows."""
    program = Path(sys.executable).with_name("dagster")
    viewer = program.with_name("dagster-webserver")
    if not viewer.exists():
        raise BadInput("The web interface is not installed. Run `make dagster`, which installs it.")
    environment = dagster_environment(settings, folder)
    if settings.schedules_on:
        from orchestration.company.company import load_company
        from orchestration.dagster.schedules import require_known

        require_known(settings, load_company(folder))
    command = [str(viewer), "--read-only"] if read_only else [str(program), "dev"]
    command += ["-m", "orchestration.dagster.definitions", "--host", HOST, "--port", str(port)]
    what = "Dagster, only to look," if read_only else "Dagster"
    print(f"{what} on http://{HOST}:{port} (stop with Ctrl-C)", file=sys.stderr, flush=True)
    # In place of this process, so that a signal to it reaches Dagster and all that it started.
    # A shell that starts programs in the background lets them ignore Ctrl-C, and Dagster would then
    # ignore being ended too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.chdir(settings.project_root)
    os.execve(command[0], command, environment)
