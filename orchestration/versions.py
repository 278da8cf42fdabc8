"""The version folders that readers see and the link that chooses one of them.

Light on purpose: a refresh without new input reads this and loads no engine.
"""

from pathlib import Path

from orchestration.errors import BadInput
from orchestration.files import remove_tree, sync_folder
from orchestration.lock import require_claim
from orchestration.settings import CompanyPaths

DATABASE = "customer_health.duckdb"
MAKING = ".making-"
SWITCHING = ".current-"


def switch(paths: CompanyPaths, refresh_id: str) -> None:
    """Point `current` at a version. Atomic: a reader never finds no link."""
    if not (paths.versions / refresh_id / DATABASE).exists():
        raise BadInput(f"There is no published version {refresh_id} in {paths.versions}.")
    require_claim(paths.token, refresh_id)
    point(paths, refresh_id)


def point(paths: CompanyPaths, refresh_id: str) -> None:
    link = paths.published / f"{SWITCHING}{refresh_id}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / refresh_id)
    link.replace(paths.current)
    sync_folder(paths.published)


def current_version(paths: CompanyPaths) -> str | None:
    """The version that readers see now, if there is a whole one."""
    try:
        name = paths.current.readlink().name
    except OSError:
        return None
    return name if (paths.versions / name / DATABASE).exists() else None


def prune(paths: CompanyPaths, keep: int) -> list[str]:
    """Remove the oldest versions beyond `keep`; the one that readers see always stays."""
    current = current_version(paths)
    names = sorted(p.name for p in paths.versions.iterdir() if not p.name.startswith("."))
    removed = [name for name in names[:-keep] if name != current]
    for name in removed:
        remove_tree(paths.versions / name)
    return removed


def tidy(paths: CompanyPaths, shown: set[str]) -> list[str]:
    """Remove what dead refreshes left: half-made versions, and whole ones nobody was shown."""
    removed = []
    if paths.published.exists():
        for link in paths.published.glob(f"{SWITCHING}*"):
            link.unlink()
    if paths.versions.exists():
        current = current_version(paths)
        for folder in sorted(paths.versions.iterdir()):
            if folder.name != current and folder.name not in shown:
                remove_tree(folder)
                removed.append(folder.name)
    return removed
