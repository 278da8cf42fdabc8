"""Columns that held values and are gone from a new load: a renaming at the source, most often.

Taken for empty, they would be read as an answer: no ticket ever solved. Only files that are taken
as they are are judged; what a mapping makes has the columns that its SQL names.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date
from pathlib import Path

import duckdb

from orchestration.base.errors import Block
from orchestration.company.spelling import suggestion
from orchestration.company.tables import RawTable, raw_tables
from orchestration.landing import reader
from orchestration.landing.loads import LandedFile, Load, content_path
from orchestration.landing.plan import files_by_table
from orchestration.landing.reader import Source
from orchestration.landing.scan import Scan


@dataclass(frozen=True)
class LostColumn:
    """A column that nobody records from `since` up to `until` (exclusive; None: it goes on)."""

    table: str
    column: str
    load: int
    since: date
    until: date | None


def gone_columns(
    connection: duckdb.DuckDBPyConnection, scan: Scan, new_loads: Iterable[Load], scratch: Path
) -> dict[int, list[Block]]:
    """By the number of a new load, a block for each column that is gone from one of its files.

    A file is compared with that of its name in the last load of its table; else a column counts as
    held where all files of that load held it. The new loads must have been read before.
    """
    files = _Files(connection, scan, scratch)
    last: dict[str, Load] = {}
    for load in scan.archived:
        last |= dict.fromkeys(_tables(load, scan), load)
    found: defaultdict[int, list[Block]] = defaultdict(list)
    for load in new_loads:
        for table, landed in _tables(load, scan).items():
            if table in last:
                for file in landed:
                    found[load.number] += files.gone(raw_tables()[table], last[table], load, file)
            last[table] = load
    return found


def lost_columns(connection: duckdb.DuckDBPyConnection, loads: Iterable[Load]) -> list[LostColumn]:
    """The columns whose end was acknowledged, found in a build file that holds the loads."""
    lost = []
    for load in loads:
        for note in load.notes:
            if note.column:
                back = connection.execute(
                    f"select cast(min(_loaded_at) as date) from raw.{note.table} "
                    f"where _load_number > ? and {reader.identifier(note.column)} is not null",
                    [load.number],
                ).fetchall()[0][0]
                since = load.loaded_at.astimezone(UTC).date()
                lost.append(LostColumn(note.table, note.column, load.number, since, back))
    return lost


def _tables(load: Load, scan: Scan) -> dict[str, list[LandedFile]]:
    """The tables whose rows the load's own files hold; none of acts, and of an outage."""
    if load.is_acts:
        return {}
    tables = files_by_table(load, scan.mapping_sql)
    return {table: files for table, files in tables.items() if table not in load.not_taken}


@dataclass
class _Files:
    connection: duckdb.DuckDBPyConnection
    scan: Scan
    scratch: Path
    held: dict[tuple[str, str, str], bool] = field(default_factory=dict)

    def gone(self, table: RawTable, before: Load, load: Load, file: LandedFile) -> list[Block]:
        if not file.is_changed or not file.row_count:
            return []
        source = self._open(table, load, file)
        there = _tables(before, self.scan)[table.name]
        same = [each for each in there if before.path_inside(each) == load.path_inside(file)]
        return [
            Block(
                check=f"landed_{table.name}_{column.name}",
                table=table.name,
                cause=f"{table.name}.{column.name} since load {before.number}",
                message=_message(f"landed/{file.path}", table, column.name, source),
                may_be_outage=False,
                column=column.name,
            )
            for column in table.columns
            if column.name not in source.expressions
            and not column.is_required
            and all(self._holds(table, before, each, column.name) for each in same or there)
        ]

    def _holds(self, table: RawTable, load: Load, file: LandedFile, column: str) -> bool:
        key = (table.name, file.sha256, column)
        if key not in self.held:
            source = self._open(table, load, file) if file.row_count else None
            self.held[key] = False
            if source and column in source.expressions:
                with reader.reading(file.path):
                    self.held[key] = bool(
                        self.connection.execute(
                            f"select count({source.expressions[column]}) from {source.relation}"
                        ).fetchall()[0][0]
                    )
        return self.held[key]

    def _open(self, table: RawTable, load: Load, file: LandedFile) -> Source:
        path = self.scan.source(load, file)
        if load in self.scan.archived:
            path = content_path(self.scan.state, self.scan.company.id, file.sha256)
        return reader.open_source(
            self.connection,
            path,
            f"landed/{file.path}",
            table,
            habits=self.scan.company.reading,
            scratch=self.scratch,
        )


def _message(name: str, table: RawTable, column: str, source: Source) -> str:
    hint = suggestion(column, source.extra_columns(table)).replace("did you mean", "is it")
    return (
        f"{name}: the column `{column}` is gone{hint}; the last load had values in it. The file "
        f"has: {source.columns_in_words}. Nothing was changed. Rename the column, or make it by "
        f"a mapping/{table.name}.sql; or acknowledge it: health acknowledge {table.name} --as "
        "meant (nobody records it any more: what rests on it is not collected from this load on), "
        "with --author and --reason."
    )
