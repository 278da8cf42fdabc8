"""A copy of the project as git has it, in which a test may change what it likes."""

import os
import shutil
import subprocess
from pathlib import Path

from orchestration.base.settings import PROJECT_ROOT

# What a shell may have set for this project or for dbt; a clone's defaults must do.
OURS = ("HEALTH_", "STATE_DIR", "PUBLISHED_DIR", "GENERATED_MODELS", "SCORECARDS_DIR", "DBT_")
# make sets the environment up again where these are younger than it: it is everybody's, see below
LOCKS = ("pyproject.toml", "requirements.lock", "requirements-dev.lock")


def tracked(*folders: str) -> list[str]:
    """What is in git or about to be."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *folders]
    done = subprocess.run(listed, cwd=PROJECT_ROOT, capture_output=True, check=True, text=True)
    return [name for name in done.stdout.split("\0") if name and (PROJECT_ROOT / name).is_file()]


def clone(folder: Path, *folders: str) -> Path:
    for name in tracked(*folders):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT_ROOT / name, target)
    return folder


def workplace(folder: Path, samples: Path) -> Path:
    """A clone in which one can work: this project's `.venv`, and what the samples published."""
    clone(folder)
    for name in LOCKS:
        os.utime(folder / name, (0, 0))
    (folder / ".venv").symlink_to(PROJECT_ROOT / ".venv")
    for company in [*samples.glob("state/*"), *samples.glob("published/*")]:
        link = folder / company.relative_to(samples)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(company)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def as_it_was(folder: Path) -> None:
    """Undo what was changed in the files of a workplace."""
    for command in (["restore"], ["clean", "--quiet", "--force", "-d"]):
        places = ["--", "dbt_project", "seeds", "tests"]
        subprocess.run(["git", *command, *places], cwd=folder, check=True)


def environment(root: Path) -> dict[str, str]:
    """In which programs run the clone's code, and nothing that somebody set for this project."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    own = {name: value for name, value in own.items() if not name.startswith(("PYTEST_", "MAKE"))}
    return {**own, "PYTHONPATH": str(root)}
