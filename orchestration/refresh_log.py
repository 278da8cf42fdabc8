"""The log of refreshes: one durable line each, failed ones too, never rewritten."""

import json
from datetime import datetime
from typing import Any

from orchestration.files import append_line, read_lines
from orchestration.settings import CompanyPaths
from orchestration.versions import current_version

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


def entries(paths: CompanyPaths) -> list[dict[str, Any]]:
    """Every refresh once, in the order of the log."""
    known: dict[str, dict[str, Any]] = {}
    for line in read_lines(paths.refresh_log):
        if line.get("refresh_id"):
            known.setdefault(line["refresh_id"], line)
    return list(known.values())


def append(paths: CompanyPaths, **values: Any) -> None:
    entry = {name: values.get(name) for name in COLUMNS}
    if values.get("message"):
        entry["message"] = values["message"]
    for name, value in entry.items():
        if isinstance(value, datetime):
            entry[name] = value.isoformat(timespec="seconds")
    append_line(paths.refresh_log, entry)


def last_published(paths: CompanyPaths) -> dict[str, Any] | None:
    published = [entry for entry in entries(paths) if entry["status"] == "published"]
    return published[-1] if published else None


def reconcile(paths: CompanyPaths, now: datetime) -> None:
    """Log what a killed refresh could not: that it published, or that it died before it did."""
    known = {entry["refresh_id"] for entry in entries(paths)}
    current = current_version(paths)
    if current and current not in known:
        manifest = json.loads((paths.versions / current / "manifest.json").read_text())
        append(paths, **{**manifest, "status": "published", "ended_at": now})
        known.add(current)
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
