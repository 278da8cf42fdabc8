"""A company's view of the dbt project: links to its folders, and the company's own beside them.

Each company has segments' models and scorecards of its own. In its view they have the same names as
in every other company's, so that what dbt parsed for one serves the next: of a project that nobody
changed, only what differs between the two is parsed.
"""

import os
import shutil
from pathlib import Path

from orchestration.base.files import make_folder, remove_tree, write_atomic
from orchestration.base.settings import VIEW_OF_COMPANY, CompanyPaths, Settings

OWN = {"generated", "target", "logs"}  # what dbt and refreshes write into the project's folder
PARSED_ELSEWHERE = "parsed"  # among the views: what dbt parsed last, for any company


def link(settings: Settings, paths: CompanyPaths) -> None:
    """Make the view, or what it lacks by now."""
    view, project = paths.dbt_view, settings.dbt_project_dir
    wanted = {
        view / entry.name: entry
        for entry in project.iterdir()
        if entry.name not in OWN and not entry.name.startswith(".")
    }
    wanted[view / VIEW_OF_COMPANY / "models"] = paths.generated
    wanted[view / VIEW_OF_COMPANY / "scorecards"] = paths.scorecards_in_use
    wanted[view.parent / "seeds"] = settings.project_root / "seeds"  # the project's own `../seeds`
    for place, target in wanted.items():
        _link(place, os.path.relpath(target, place.parent))
    for place in view.iterdir():
        if place not in wanted and place.name != VIEW_OF_COMPANY:
            remove_tree(place)


def _link(place: Path, target: str) -> None:
    if place.is_symlink() and str(place.readlink()) == target:
        return
    make_folder(place.parent)
    remove_tree(place)
    place.symlink_to(target)


def take_over(paths: CompanyPaths, name: str) -> None:
    """Begin with what was kept elsewhere, where this company has nothing of its own."""
    kept = _elsewhere(paths) / name
    if kept.exists() and not (paths.target / name).exists():
        shutil.copyfile(kept, paths.target / name)


def hand_on(paths: CompanyPaths, name: str) -> None:
    """Keep this company's file for others, whole."""
    write_atomic(_elsewhere(paths) / name, (paths.target / name).read_bytes())


def _elsewhere(paths: CompanyPaths) -> Path:
    return paths.for_dbt.parent / PARSED_ELSEWHERE
