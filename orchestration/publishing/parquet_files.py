"""A version's marts as Parquet: large facts by month; what did not change is the file as it was."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.base.files import file_hash
from orchestration.base.lockdown import text_literal
from orchestration.publishing.content import Content, Difference, in_month
from orchestration.publishing.published_tables import PUBLICATION, Table


@dataclass(frozen=True)
class Part:
    """A file: where it lies below `parquet/`, what it holds, and whether that is new."""

    name: str
    query: str
    is_new: bool


def parts_of(table: Table, now: Content | None, difference: Difference) -> list[Part]:
    """A table's files: one a month for facts by date, else one."""
    query = f"select * from {PUBLICATION}.{table.relation}"
    order = f"order by {table.by_key}"
    if not table.is_split or now is None or not now.parts:
        return [Part(f"{table.name}/part-0.parquet", f"{query} {order}", not difference.is_none)]
    return [
        Part(
            f"{table.name}/as_of_month={month}/part-0.parquet",
            f"{query} where {in_month(month)} {order}",
            month in difference.parts,
        )
        for month in now.parts
    ]


def write_parquet(
    connection: duckdb.DuckDBPyConnection,
    parts: list[Part],
    folder: Path,
    earlier: Path | None,
    earlier_hashes: Mapping[str, str],
) -> dict[str, str]:
    """Write the files, or share them with the earlier version; the hash of each by its name."""
    for part in parts:
        (folder / part.name).parent.mkdir(parents=True, exist_ok=True)

    def write(part: Part) -> tuple[str, str]:
        new = folder / part.name
        old = earlier / part.name if earlier else None
        known = earlier_hashes.get(part.name)
        if old and known and not part.is_new and _link(old, new, known):
            return part.name, known
        with connection.cursor() as cursor:
            # the month of a day is written every day: 7 % larger than at the default level, for two
            # thirds of the work
            cursor.execute(
                f"copy ({part.query}) to {text_literal(new)} "
                "(format parquet, compression zstd, compression_level 1)"
            )
        content = file_hash(new)
        if old and content == known:
            _link(old, new, known)
        return part.name, content

    with ThreadPoolExecutor(max_workers=2) as writers:  # two files at a time
        return dict(writers.map(write, parts))


def _link(old: Path, new: Path, content: str) -> bool:
    """Give the new name to the old file, if that still is as it was published."""
    if not old.is_file() or file_hash(old) != content:
        return False
    linked = new.with_suffix(".linked")
    try:
        linked.hardlink_to(old)
    except OSError:
        return False  # a file system without hard links gets a copy
    linked.replace(new)
    return True
