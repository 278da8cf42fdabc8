"""Which file feeds which raw table in which load. Pure rules; no file is opened here."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from orchestration.company.tables import raw_tables
from orchestration.landing.formats import without_suffix
from orchestration.landing.loads import LandedFile, Load, landed


@dataclass(frozen=True)
class PlannedLoad:
    """A load, and the files that each raw table takes from it directly."""

    load: Load
    direct: dict[str, tuple[LandedFile, ...]]


def stem_of(path: str) -> str:
    """A file's name without its ending."""
    return without_suffix(PurePosixPath(path).name)


def view_name(path: str) -> str:
    """The name under which the company's mapping reads a file: `landed.<this>`."""
    return re.sub(r"[^a-z0-9]+", "_", without_suffix(path).lower()).strip("_")


def table_by_name(path: str) -> str | None:
    """The raw table that a file's own name (or its folder's) says it holds."""
    parts = PurePosixPath(path).parts
    if len(parts) > 1:
        return parts[0].lower() if parts[0].lower() in raw_tables() else None
    stem = stem_of(path).lower()
    fitting = [
        table
        for table in raw_tables()
        if stem == table or stem.startswith((f"{table}.", f"{table}_"))
    ]
    return max(fitting, key=len, default=None)


def direct_table(path: str, mapping_sql: Mapping[str, str]) -> str | None:
    """The raw table that takes this file as it is; None where it is an input of the mapping.

    A company with a mapping may land some tables as they are: those that no mapping makes, from
    files that no mapping mentions.
    """
    table = table_by_name(path)
    if table is None or table in mapping_sql:
        return None
    name = re.compile(rf"\b({re.escape(stem_of(path))}|{view_name(path)})\b", re.IGNORECASE)
    return None if any(name.search(sql) for sql in mapping_sql.values()) else table


def plan(loads: Iterable[Load], mapping_sql: Mapping[str, str]) -> list[PlannedLoad]:
    """Replay the loads: a state table is taken whole where it changed, an append table's new files.

    A file is known by its path and content, so that the same landing twice takes nothing.
    """
    snapshots: dict[str, list[str]] = {}
    contents: dict[str, str] = {}
    planned = []
    for load in loads:
        direct: dict[str, tuple[LandedFile, ...]] = {}
        for table, files in files_by_table(load, mapping_sql).items():
            if table in load.not_taken:
                continue  # an outage that an operator acknowledged: the table stands as it stood
            if raw_tables()[table].is_state:
                snapshot = sorted(file.sha256 for file in files)
                if snapshots.get(table) != snapshot:
                    direct[table] = tuple(files)
                snapshots[table] = snapshot
            else:
                new = tuple(file for file in files if contents.get(file.path) != file.sha256)
                if new:
                    direct[table] = new
                contents |= {file.path: file.sha256 for file in files}
        planned.append(PlannedLoad(load, direct))
    return planned


def files_by_table(load: Load, mapping_sql: Mapping[str, str]) -> dict[str, list[LandedFile]]:
    """The files of a load that are taken as they are, by raw table."""
    grouped: dict[str, list[LandedFile]] = {}
    for file in load.files:
        table = file.table
        if not load.is_acts:  # whose files no mapping makes or reads
            table = direct_table(load.path_inside(file), mapping_sql)
        if table is not None:
            grouped.setdefault(table, []).append(file)
    return grouped


def mapping_inputs(load: Load, mapping_sql: Mapping[str, str]) -> list[LandedFile]:
    """The files of a load that only the mapping reads."""
    if not mapping_sql or load.is_acts:
        return []
    return [
        file for file in load.files if direct_table(load.path_inside(file), mapping_sql) is None
    ]


def present_tables(loads: Iterable[Load], mapping_sql: Mapping[str, str]) -> set[str]:
    """Tables that stood in the landed folder at the last load, so that a missing one is noticed."""
    present: set[str] = set()
    for load in landed(loads):
        here = set(files_by_table(load, mapping_sql)) | (set(load.row_counts or ()))
        present = present | here if load.folder else here
    return present
