"""The rooms of `orchestration/`: a room imports only rooms below it, and Dagster lives in one."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from project_files import ROOT, short, tracked

PACKAGE = ROOT / "orchestration"
# From the top down; those of one line may know each other.
ROOMS = (
    {"pages"},
    {"cli", "commands"},
    {"dagster"},
    {"refresh"},
    {"expectations"},
    {"acts"},
    {"warehouse"},
    {"landing"},
    {"alerts"},
    {"publishing"},
    {"company"},
    {"scorecards"},
    {"base"},
)


def room_of(module: str) -> str:
    return module.split(".")[1]


def floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(ROOMS) if room in rooms)


def imports(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, wherever in the file that stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            is_package = node.module == "orchestration"
            yield from (
                f"{node.module}.{alias.name}" if is_package else node.module for alias in node.names
            )


def modules() -> list[tuple[Path, str]]:
    paths = [
        path
        for path in tracked(".py", PACKAGE)
        if path.parent != PACKAGE or path.stem != "__init__"
    ]
    return [(path, path.relative_to(PACKAGE).with_suffix("").parts[0]) for path in paths]


def test_every_module_stands_in_a_room():
    known = set().union(*ROOMS)
    assert not [short(path) for path, room in modules() if room not in known]


def test_no_room_imports_one_above_it():
    bad = [
        f"{short(path)} imports {name}"
        for path, room in modules()
        for name in imports(path)
        if name.startswith("orchestration.") and floor_of(room_of(name)) < floor_of(room)
    ]
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("library", ["dagster", "dagster_dbt"])
def test_dagster_is_known_in_its_own_room_alone(library):
    bad = [
        f"{short(path)} imports {name}"
        for path, room in modules()
        for name in imports(path)
        if name.split(".")[0] == library and room != "dagster"
    ]
    assert not bad, "\n".join(bad)
