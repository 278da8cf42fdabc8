"""The log of refreshes and rollbacks: one durable line each, failed ones too, never rewritten."""

from datetime import datetime
from typing import Any

from orchestration.base.files import append_line, read_lines
from orchestration.base.settings import CompanyPaths
from orchestration.publishing.version_check import read_manifest
from orchestration.publishing.versions import current_version

COLUMNS = (
    "refresh_id",
    "started_at",
    "ended_at",
    "as_of_date",
    "status",
    "code_version",
    "input_fingerprint",
    "rows_published",
)
# Kept in the state alone: who did it and why is nobody's business who reads the marts.
DETAILS = (
    "message",
    "author",
    "reason",
    "from_version",
    "to_version",
    "checks_passed",
    "checks_warned",
)
ROLLED_BACK = "rolled_back"


def entries(paths: CompanyPaths) -> list[dict[str, Any]]:
    """Every refresh once, in the order of the log."""
    known: dict[str, dict[str, Any]] = {}
    for line in read_lines(paths.refresh_log):
        if line.get("refresh_id"):
            known.setdefault(line["refresh_id"], line)
    return list(known.values())


def statuses(paths: CompanyPaths) -> dict[str, str]:
    """How each refresh ended, by its id."""
    return {entry["refresh_id"]: entry["status"] for entry in entries(paths)}


def append(paths: CompanyPaths, **values: Any) -> None:
    """Add a line: the columns, and of the details those that are given."""
    entry = {name: values.get(name) for name in COLUMNS}
    entry |= {name: values[name] for name in DETAILS if values.get(name)}
    for name, value in entry.items():
        if isinstance(value, datetime):
            entry[name] = value.isoformat(timespec="seconds")
    append_line(paths.refresh_log, entry)


def last_published(paths: CompanyPaths) -> dict[str, Any] | None:
    published = [entry for entry in entries(paths) if entry["status"] == "published"]
    return published[-1] if published else None


def last_rollback(paths: CompanyPaths) -> dict[str, Any] | None:
    """The rollback that readers still live with; None where something was published since."""
    shown = [e for e in entries(paths) if e["status"] in {"published", ROLLED_BACK}]
    return shown[-1] if shown and shown[-1]["status"] == ROLLED_BACK else None


def log_current(paths: CompanyPaths, now: datetime) -> None:
    """Log the version that readers see as published, where a crash or an error kept it out."""
    current = current_version(paths)
    if current is None or current in statuses(paths):
        return
    manifest = read_manifest(paths.versions / current)
    append(
        paths,
        **{**manifest, "refresh_id": current, "status": "published", "ended_at": now},
    )


def reconcile(paths: CompanyPaths, now: datetime) -> None:
    """Log what a killed refresh could not: that it published, or that it died before it did."""
    log_current(paths, now)
    known = statuses(paths)
    if paths.builds.exists():
        for folder in sorted(paths.builds.iterdir()):
            started = folder / "started_at"
            if started.exists() and folder.name not in known:
                append(
                    paths,
                    refresh_id=folder.name,
                    started_at=started.read_text(),
                    ended_at=now,
                    status="killed",
                )
