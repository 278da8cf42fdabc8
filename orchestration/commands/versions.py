"""`health versions`: what was published and is still there, and whether it is whole."""

import json
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from orchestration.base.files import tree_size
from orchestration.base.settings import CompanyPaths, load_settings
from orchestration.commands.common import CompanyOption, JsonOption, company_id, expected_errors

COLUMNS = ("version", "as of", "published at", "rows", "size", "scorecards", "")


@dataclass(frozen=True)
class Listed:
    """One version. `damage` is None where it was not looked for in full."""

    version: str
    is_current: bool
    as_of_date: str | None
    published_at: str | None
    rows: int | None
    bytes: int
    scorecards: list[str]
    damage: list[str] | None


def versions(
    company: CompanyOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare every file with its hash; exit code 1 if any.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the published versions, the newest first."""
    from orchestration.publishing import version_check

    with expected_errors(as_json):
        settings = load_settings()
        paths = settings.paths(company_id(settings, company))
        found = listed(paths, check)
        trouble = version_check.trouble(paths)
        if as_json:
            facts = {"trouble": trouble, "bytes": tree_size(paths.versions)}
            typer.echo(json.dumps({"versions": [asdict(each) for each in found], **facts}))
        else:
            typer.echo(render(found, tree_size(paths.versions)))
            if trouble:
                typer.echo(f"\nWhat readers see is damaged: {trouble}.")
        damaged = [each.version for each in found if each.damage]
        if damaged and not as_json:
            typer.echo(_advice(found))
        if damaged or trouble:
            raise SystemExit(1)


def listed(paths: CompanyPaths, check: bool) -> list[Listed]:
    """The versions, the newest first."""
    from orchestration.publishing import refresh_log, version_check
    from orchestration.publishing.versions import names, pointed_at

    current = pointed_at(paths)
    logged = {entry["refresh_id"]: entry for entry in refresh_log.entries(paths)}
    found = []
    for name in reversed(names(paths)):
        folder = paths.versions / name
        manifest = version_check.read_manifest(folder)
        found.append(
            Listed(
                version=name,
                is_current=name == current,
                as_of_date=manifest.get("as_of_date"),
                published_at=_published_at(logged.get(name)),
                rows=manifest.get("rows_published"),
                bytes=tree_size(folder),
                scorecards=manifest.get("scorecards") or [],
                damage=_damage(paths, name) if check else None,
            )
        )
    return found


def render(found: list[Listed], total: int) -> str:
    """The list as text: what readers see carries an arrow."""
    if not found:
        return "Nothing has been published yet: run `health refresh`."
    rows = [COLUMNS, *(_row(each) for each in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    shared = sum(each.bytes for each in found) - total
    note = f"{_size(total)} on disk; {_size(shared)} are shared" if shared > 0 else _size(total)
    return "\n".join([*lines, "", f"{len(found)} versions, {note}."])


def _row(each: Listed) -> tuple[str, ...]:
    marks = ["<- readers see this" if each.is_current else ""]
    if each.damage is not None:
        marks.append("; ".join(each.damage[:3]) if each.damage else "whole")
    return (
        each.version,
        each.as_of_date or "?",
        each.published_at or "?",
        "?" if each.rows is None else f"{each.rows:,}",
        _size(each.bytes),
        ", ".join(each.scorecards[:3]) + (" ..." if len(each.scorecards) > 3 else ""),
        ", ".join(mark for mark in marks if mark),
    )


def _damage(paths: CompanyPaths, name: str) -> list[str]:
    """Of the version and of the names of persons that go with it; earlier releases had none."""
    from orchestration.publishing.version_check import damage

    restricted = paths.restricted.versions / name
    of_names = damage(restricted) if restricted.exists() else []
    return damage(paths.versions / name) + [f"restricted: {each}" for each in of_names]


def _published_at(entry: dict[str, Any] | None) -> str | None:
    return entry["ended_at"] if entry and entry["status"] == "published" else None


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _advice(found: list[Listed]) -> str:
    if any(each.damage and each.is_current for each in found):
        return (
            "\nReaders see a damaged version. `health rollback` gives them the newest whole one "
            "before it; the next `health refresh` publishes a new one."
        )
    return "\nReaders see a whole version. The damaged ones can't be rolled back to."
