"""The version folders that readers see and the link that chooses one of them.

Whatever moves the link or removes a version does so behind the fence of `lock`, so that no version
is removed while somebody points readers at it. Light on purpose: a refresh without new input reads
this and loads no engine.
"""

from collections.abc import Mapping
from pathlib import Path

from orchestration.base.errors import HealthError
from orchestration.base.files import remove_tree, sync_folder
from orchestration.base.lock import fence, require_claim
from orchestration.base.settings import CompanyPaths

DATABASE = "customer_health.duckdb"
MANIFEST = "manifest.json"
MAKING = ".making-"
REMOVING = ".removing-"
SWITCHING = ".current-"


def switch(paths: CompanyPaths, refresh_id: str) -> None:
    """Point `current` at a version, for a run that is still the newest. Else raises Blocked."""
    with fence(paths.token):
        require_claim(paths.token, refresh_id)
        if not (paths.versions / refresh_id / DATABASE).exists():
            raise HealthError(f"Version {refresh_id} is gone from {paths.versions}: run it again.")
        point(paths, refresh_id)


def point(paths: CompanyPaths, refresh_id: str) -> None:
    """Atomic and durable: a reader never finds no link. Only for who is behind the fence.

    `restricted` goes first, so that what the marts name is there; see `follow` for a crash between.
    """
    _point_restricted(paths, refresh_id)
    _point(paths, refresh_id)


def follow(paths: CompanyPaths) -> None:
    """Give `restricted` the versions that readers can have, and the link that readers follow."""
    restricted, kept = paths.restricted, names(paths)
    for name in names(restricted):
        if name not in kept:
            _remove(restricted, name)
    current = current_version(paths)
    if current != pointed_at(restricted):
        _point_restricted(paths, current)


def _point_restricted(paths: CompanyPaths, refresh_id: str | None) -> None:
    """Versions of earlier releases have no `restricted`: then there is no link either."""
    if refresh_id and refresh_id in names(paths.restricted):
        _point(paths.restricted, refresh_id)
    else:
        paths.restricted.current.unlink(missing_ok=True)


def _point(paths: CompanyPaths, refresh_id: str) -> None:
    link = paths.published / f"{SWITCHING}{refresh_id}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / refresh_id)
    link.replace(paths.current)
    sync_folder(paths.published)


def current_version(paths: CompanyPaths) -> str | None:
    """The version that readers see now, if it is there."""
    name = pointed_at(paths)
    return name if name and (paths.versions / name / DATABASE).exists() else None


def pointed_at(paths: CompanyPaths) -> str | None:
    """The name that the link holds, whether there is such a version or not."""
    try:
        return paths.current.readlink().name
    except OSError:
        return None


def names(paths: CompanyPaths) -> list[str]:
    """All versions, the oldest first. Half-made ones and half-removed ones are hidden."""
    if not paths.versions.exists():
        return []
    return sorted(p.name for p in paths.versions.iterdir() if not p.name.startswith("."))


def prune(paths: CompanyPaths, keep: int) -> list[str]:
    """Remove the oldest versions beyond `keep`; the one that readers see always stays."""
    with fence(paths.token):
        current = current_version(paths)
        removed = [name for name in names(paths)[:-keep] if name != current]
        for name in removed:
            _remove(paths, name)
        follow(paths)
    return removed


def tidy(paths: CompanyPaths, statuses: Mapping[str, str]) -> list[str]:
    """Remove what dead refreshes left; `statuses` is the refresh log's, by refresh id.

    That is: links and versions half made, versions half removed, whole ones that readers were never
    shown, and write-ahead logs beside a published or audited file, which a reader would replay.
    """
    with fence(paths.token):
        current = current_version(paths)
        removed = [name for name in names(paths) if was_never_shown(name, current, statuses)]
        for name in removed:
            _remove(paths, name)
        for shelf in (paths, paths.restricted):
            for left in shelf.published.glob(f"{SWITCHING}*"):
                left.unlink()
            for prefix in (MAKING, REMOVING):
                for left in shelf.versions.glob(f"{prefix}*"):
                    remove_tree(left)
        for log in (*paths.versions.glob("*/*.wal"), *paths.audited_file.parent.glob("*.wal")):
            log.unlink()
        follow(paths)
    return removed


def was_never_shown(name: str, current: str | None, statuses: Mapping[str, str]) -> bool:
    """What the log does not know (it may have been lost) is judged by its age alone."""
    if name == current:
        return False
    if name in statuses:
        return statuses[name] != "published"
    return current is not None and name > current


def _remove(paths: CompanyPaths, name: str) -> None:
    """Out of sight by one rename, so that a crash never leaves half a version to be seen."""
    doomed = paths.versions / f"{REMOVING}{name}"
    (paths.versions / name).rename(doomed)
    remove_tree(doomed)
