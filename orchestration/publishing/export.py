"""A published mart as CSV, for people who open it in a spreadsheet.

Read-only, from the version that readers see; only the schema `marts`. UTF-8, sorted by the mart's
key. A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers, of
whatever sign, stay numbers.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from orchestration.base.errors import BadInput
from orchestration.base.lockdown import open_read_only
from orchestration.base.settings import CompanyPaths
from orchestration.publishing.version_check import read_manifest
from orchestration.publishing.versions import DATABASE, current_version

# What a spreadsheet may take for the beginning of a formula; the wide forms count in some
# languages. White space before it is skipped by some.
FORMULA = re.compile(r"[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
ROWS_AT_A_TIME = 10_000


def export_mart(paths: CompanyPaths, mart: str, sink: Any) -> int:
    """Write the mart's header and rows to a text file; the number of rows. BadInput if none."""
    version = current_version(paths)
    if version is None:
        raise BadInput("Nothing has been published yet. Run `health refresh` first.")
    folder = paths.versions / version
    with open_read_only(folder / DATABASE) as marts:
        known = [
            name
            for (name,) in marts.execute(
                "select table_name from information_schema.tables where table_schema = 'marts' "
                "order by table_name"
            ).fetchall()
        ]
        if mart not in known:
            near = get_close_matches(mart, known, 1)
            hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(known)}."
            raise BadInput(f"{mart!r} is no published mart; nothing else is exported.{hint}")
        key = (read_manifest(folder).get("keys") or {}).get(mart) or []
        order = ", ".join(f'"{name}"' for name in key) or "all"
        rows = marts.execute(f'select * from marts."{mart}" order by {order}')
        sink.write(",".join(_text(column[0]) for column in rows.description) + "\n")
        count = 0
        while chunk := rows.fetchmany(ROWS_AT_A_TIME):
            sink.writelines(",".join(map(cell, row)) + "\n" for row in chunk)
            count += len(chunk)
    return count


def cell(value: Any) -> str:
    """One value as a field: nothing for null, texts quoted and escaped, numbers and dates plain."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return _text(f"'{text}" if FORMULA.match(text) else text)


def _text(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[Any]:
    """A text file that appears under its name when it is complete, or not at all."""
    making = target.with_name(f".{target.name}.making")
    try:
        with making.open("w", encoding="utf-8", newline="") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        making.replace(target)
    finally:
        making.unlink(missing_ok=True)
