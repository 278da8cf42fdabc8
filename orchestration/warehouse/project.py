"""The dbt project of one company: its segments' models generated, everything parsed once.

Parsing holds a lock of its own: the web interface loads definitions while a refresh may parse.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.base.files import make_private_folder, remove_tree, write_atomic
from orchestration.base.settings import CompanyPaths, Settings
from orchestration.warehouse import dbt_view
from orchestration.warehouse.build import parse
from orchestration.warehouse.parsed import Project

STATE_NOTE = "state_folder.txt"


def prepare_project(settings: Settings, paths: CompanyPaths, scorecards: Path) -> Project:
    with _alone(paths):
        generate(settings, paths, scorecards)
        dbt_view.link(settings, paths)
        return parse(settings, paths)


def prepare_for_dev(settings: Settings, paths: CompanyPaths, scorecards: Path) -> None:
    """What plain dbt needs to find in the project: the segments' models and the scorecards."""
    with _alone(paths):
        generate(settings, paths, scorecards)


def generate(settings: Settings, paths: CompanyPaths, scorecards: Path) -> None:
    from orchestration.scorecards.wide_models import generate_segment_models

    # The folder's own name is what dbt_project.yml gives these models' settings to. Files that
    # stay the same are not written again, so that dbt does not read them again.
    generate_segment_models(scorecards, settings.catalogue_dir, paths.generated / "generated")
    mirror_scorecards(scorecards, paths.scorecards_in_use)
    remember_state(paths)


def remember_state(paths: CompanyPaths) -> None:
    """Note whose state this folder serves, and remove the folders of states that are gone."""
    write_atomic(paths.for_dbt / STATE_NOTE, str(paths.state).encode())
    for folder in paths.for_dbt.parent.iterdir():
        note = folder / STATE_NOTE
        if note.exists() and not Path(note.read_text()).exists():
            remove_tree(folder)


@contextmanager
def _alone(paths: CompanyPaths) -> Iterator[None]:
    make_private_folder(paths.state)
    paths.target.mkdir(parents=True, exist_ok=True)
    with (paths.target / "parse.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def mirror_scorecards(source: Path, target: Path) -> None:
    """Copy the scorecards to where dbt loads seeds from; what is equal already keeps its time."""
    from orchestration.scorecards.tables import TABLES, with_every_column

    target.mkdir(parents=True, exist_ok=True)
    wanted = {table.file: table.header for table in TABLES.values() if table.new}
    wanted |= {path.name: with_every_column(path) for path in source.glob("*.csv")}
    for name, content in wanted.items():
        path = target / name
        if not path.exists() or path.read_bytes() != content:
            write_atomic(path, content)
    for path in target.iterdir():
        if path.name not in wanted:
            path.unlink()
