"""Dagster's own home and its web interface, on the loopback address."""

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from orchestration.errors import BadInput
from orchestration.files import write_atomic
from orchestration.settings import CompanyPaths, Settings, process_environment

# One refresh at a time; slots of dead runs are freed; nothing is reported to anyone.
DAGSTER_YAML = b"""\
telemetry:
  enabled: false
nux:
  enabled: false
run_queue:
  max_concurrent_runs: 1
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 60
"""


def prepare_home(paths: CompanyPaths) -> Path:
    home = paths.dagster_home
    config = home / "dagster.yaml"
    if not config.exists() or config.read_bytes() != DAGSTER_YAML:
        write_atomic(config, DAGSTER_YAML)
    return home


def run_webserver(settings: Settings, folder: Path, port: int) -> NoReturn:
    from orchestration.landing.company import load_company

    program = Path(sys.executable).with_name("dagster")
    if not program.with_name("dagster-webserver").exists():
        raise BadInput("The web interface is not installed. Run `make dagster`, which installs it.")
    home = prepare_home(settings.paths(load_company(folder).id))
    command = [str(program), "dev", "-m", "orchestration.definitions"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    environment = process_environment({"DAGSTER_HOME": str(home), "HEALTH_COMPANY": str(folder)})
    print(f"Dagster on http://127.0.0.1:{port} (stop with Ctrl-C)", file=sys.stderr, flush=True)
    # In place of this process, so that a signal to it reaches Dagster and all that it started.
    # A shell that starts programs in the background lets them ignore Ctrl-C, and Dagster would then
    # ignore being ended too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.chdir(settings.project_root)
    os.execve(program, command, environment)
