"""The dbt project of one company: its segments' models generated, everything parsed once.

Parsing holds a lock of its own: the web interface loads definitions while a refresh may parse.
"""

import fcntl
import tempfile
from pathlib import Path

from orchestration.build import Project, parse
from orchestration.files import write_atomic
from orchestration.settings import CompanyPaths, Settings


def prepare_project(settings: Settings, paths: CompanyPaths, scorecards: Path) -> Project:
    paths.target.mkdir(parents=True, exist_ok=True)
    with (paths.target / "parse.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        generate_models(settings, paths, scorecards)
        return parse(settings, paths, scorecards)


def generate_models(settings: Settings, paths: CompanyPaths, scorecards: Path) -> None:
    """Write the models of the segments; files that stay the same keep their time, so that dbt
    does not read them again, and those of segments that are gone are removed."""
    from orchestration.scorecards.wide_models import generate_segment_models

    paths.generated.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.state, prefix=".generating-") as making:
        generate_segment_models(scorecards, settings.catalogue_dir, Path(making))
        wanted = {
            path.relative_to(making): path.read_bytes()
            for path in Path(making).rglob("*")
            if path.is_file()
        }
    for name, content in wanted.items():
        path = paths.generated / name
        if not path.exists() or path.read_bytes() != content:
            write_atomic(path, content)
    for path in sorted(paths.generated.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(paths.generated) not in wanted:
            path.unlink()
