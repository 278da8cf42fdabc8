"""Point readers at a version that was published before. Takes milliseconds, whatever its size.

It needs no lock and waits for no refresh: behind the fence it takes the token, so that a refresh
that is running now ends without publishing, then it switches the link. The log is written first:
who rolled back, and why, is never lost; killed before the switch, it is simply run again.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from orchestration.base.errors import BadInput
from orchestration.base.files import write_atomic
from orchestration.base.lock import fence
from orchestration.base.settings import CompanyPaths
from orchestration.publishing import refresh_log, version_check, versions


@dataclass(frozen=True)
class Rollback:
    """What was done: `to_version` is what readers see from now on."""

    rollback_id: str
    from_version: str | None
    to_version: str
    as_of_date: str | None


def roll_back(
    paths: CompanyPaths,
    version: str | None = None,
    *,
    author: str,
    reason: str,
    now: datetime | None = None,
) -> Rollback:
    """Switch to `version`, or to the newest whole one before the current. BadInput if it can't."""
    now = now or datetime.now(UTC)
    rollback_id = f"rollback-{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    if not paths.versions.is_dir():
        raise BadInput(f"Nothing was ever published in {paths.published}: there is no version.")
    with fence(paths.token):
        current = versions.pointed_at(paths)
        target = _whole(paths, version) if version else _previous(paths, current)
        if target == current:
            raise BadInput(f"Readers see version {target} already. Nothing was changed.")
        refresh_log.log_current(paths, now)
        write_atomic(paths.token, rollback_id.encode())
        manifest = version_check.read_manifest(paths.versions / target)
        refresh_log.append(
            paths,
            **{
                **manifest,
                "refresh_id": rollback_id,
                "started_at": now,
                "ended_at": now,
                "status": refresh_log.ROLLED_BACK,
                "author": author,
                "reason": reason,
                "from_version": current,
                "to_version": target,
            },
        )
        versions.point(paths, target)
    return Rollback(rollback_id, current, target, manifest.get("as_of_date"))


def _whole(paths: CompanyPaths, version: str) -> str:
    if version not in versions.names(paths):
        raise BadInput(f"There is no version {version}. {_choice(paths)}")
    damage = version_check.damage(paths.versions / version)
    if damage:
        raise BadInput(f"Version {version} is damaged: {_few(damage)}. {_choice(paths)}")
    return version


def _previous(paths: CompanyPaths, current: str | None) -> str:
    """The newest whole version older than what readers see; the newest of all if that is lost."""
    older = [name for name in versions.names(paths) if current is None or name < current]
    for name in reversed(older):
        if not version_check.damage(paths.versions / name):
            return name
    raise BadInput(f"No whole version is older than the current one. {_choice(paths)}")


def _choice(paths: CompanyPaths) -> str:
    known = [
        name for name in versions.names(paths) if not version_check.damage(paths.versions / name)
    ]
    if not known:
        return "No whole version is left: a refresh builds a new one from the archived loads."
    return f"Whole versions, the oldest first: {', '.join(known)}."


def _few(damage: list[str]) -> str:
    more = f" and {len(damage) - 3} more" if len(damage) > 3 else ""
    return "; ".join(damage[:3]) + more
