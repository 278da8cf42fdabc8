"""What stopped a refresh, what an operator said of it, and the notes that keep it in the loads.

`blocks.json` holds what is open since the last refresh; `acknowledgements.jsonl` every answer, with
author and reason, for good. An answer is about one cause: it lets that cause pass and no other.
"""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from orchestration.base.errors import BadInput, Block
from orchestration.base.files import append_line, read_json, read_lines, write_json
from orchestration.base.settings import CompanyPaths

MEANINGS = ("outage", "meant")


def keep_blocks(paths: CompanyPaths, refresh_id: str, blocks: Iterable[Block]) -> None:
    """Replace what is open: blocks of a refresh that was stopped, outages that go on."""
    content = {"refresh_id": refresh_id, "blocks": [asdict(block) for block in blocks]}
    if content["blocks"] or paths.blocks.exists():
        write_json(paths.blocks, content)


def open_blocks(paths: CompanyPaths) -> list[Block]:
    """What the last refresh left to be answered."""
    content = read_json(paths.blocks) if paths.blocks.exists() else {}
    return [Block(**block) for block in content.get("blocks", [])]


def recorded(paths: CompanyPaths) -> list[dict[str, Any]]:
    """All answers, oldest first."""
    return read_lines(paths.acknowledgements)


def by_cause(paths: CompanyPaths) -> dict[str, dict[str, Any]]:
    """The newest answer to each cause."""
    return {entry["cause"]: entry for entry in recorded(paths)}


def acknowledge(
    paths: CompanyPaths, what: str, meaning: str, author: str, reason: str, now: datetime
) -> list[dict[str, Any]]:
    """Record an answer to every open block of a check or table; BadInput where there is none."""
    if meaning not in MEANINGS:
        raise BadInput(f"--as {meaning}: say `outage` or `meant`.")
    if not author.strip() or not reason.strip():
        raise BadInput("Who acknowledges, and why? Give --author and --reason.")
    there = open_blocks(paths)
    answered = [block for block in there if what in (block.check, block.table)]
    if not answered:
        names = sorted({f"{block.table} ({block.check})" for block in there})
        raise BadInput(
            f"Nothing is blocked on {what}. "
            + (f"Open are: {', '.join(names)}." if names else "Nothing is open at all.")
        )
    wrong = [block.check for block in answered if meaning == "outage" and not block.may_be_outage]
    if wrong:
        raise BadInput(
            f"{', '.join(wrong)}: only a raw table has outages. If a feed is the cause, its table "
            "is blocked too: acknowledge that. Else say `--as meant`."
        )
    entries = []
    for block in answered:
        entry = {
            **asdict(block),
            "meaning": meaning,
            "author": author.strip(),
            "reason": reason.strip(),
            "acknowledged_at": now.isoformat(timespec="seconds"),
        }
        append_line(paths.acknowledgements, entry)
        entries.append(entry)
    return entries


def note_in_loads(paths: CompanyPaths, state: Path, company_id: str) -> list[int]:
    """Write answers into the manifests of the loads that they are about; the numbers rewritten."""
    from orchestration.landing.loads import Note, read_loads, write_load

    newest = {
        (entry["load"], entry["table"]): entry for entry in recorded(paths) if entry.get("load")
    }
    if not newest:
        return []
    rewritten = []
    for load in read_loads(state, company_id):
        notes = {(note.table, note.column): note for note in load.notes}
        for (number, table), entry in newest.items():
            if number == load.number:
                since = date.fromisoformat(entry["since"]) if entry["since"] else None
                notes[table, None] = Note(table, entry["meaning"], since)
        if tuple(notes.values()) != load.notes:
            write_load(state, company_id, replace(load, notes=tuple(notes.values())))
            rewritten.append(load.number)
    return rewritten
