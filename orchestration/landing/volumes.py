"""How many rows each table had, load by load, and whether one fell so far that it is an outage."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from orchestration.base.errors import Block
from orchestration.company.company import Company
from orchestration.company.tables import raw_tables
from orchestration.landing.loads import Load
from orchestration.landing.plan import files_by_table


@dataclass
class Volumes:
    """Rows as the last load left them.

    State tables are compared as a whole. Append tables only grow, so a file that is written over
    under the same name is compared with itself; what comes in dated folders is not compared here,
    for a quiet day is no outage: the expectations compare its days. Nor are people's acts. A load
    that was acknowledged as an outage is no measure: what comes next is compared with the one
    before it.
    """

    mapping_sql: Mapping[str, str]
    tables: dict[str, int] = field(default_factory=dict)
    files: dict[str, tuple[str, int]] = field(default_factory=dict)
    # The load that each table's rows are of: what an acknowledgement is about.
    loads: dict[str, int] = field(default_factory=dict)

    @classmethod
    def after(cls, loads: Iterable[Load], mapping_sql: Mapping[str, str]) -> "Volumes":
        """The volumes that these loads leave."""
        volumes = cls(mapping_sql)
        for load in loads:
            volumes.add(load)
        return volumes

    def rows(self, table: str) -> int:
        """Rows of a table at the last load that held it."""
        return self.tables.get(table, 0)

    def add(self, load: Load) -> None:
        """Take a load into account."""
        if load.is_acts:
            return
        for table, rows in _table_rows(load, self.mapping_sql).items():
            if table not in load.not_taken:
                self.tables[table] = rows
                self.loads[table] = load.number
        for table in set(load.missing_tables) - load.not_taken:
            self.tables.pop(table, None)
        if load.folder is None:
            kept = {path: f for path, f in self.files.items() if f[0] in load.not_taken}
            now = {path: f for path, f in _append_files(load, self.mapping_sql)}
            self.files = {p: f for p, f in now.items() if f[0] not in load.not_taken} | kept

    def compare(self, load: Load, company: Company) -> list[Block]:
        """One for each table (or file) that is gone, empty, or fell to its limit."""
        blocks: list[Block] = []
        if load.is_acts:
            return blocks
        for table in load.missing_tables:
            if self._must_stay(table, company):
                message = _gone(table, self.rows(table), "is missing from the landed folder")
                blocks.append(self._block(table, message, 0))
        for table, now in _table_rows(load, self.mapping_sql).items():
            if not self._is_comparable(table, load):
                continue
            before = self.rows(table)
            if not now:
                if self._must_stay(table, company):
                    message = _gone(table, before, "is now empty")
                    blocks.append(self._block(table, message, now))
            elif (raw_tables()[table].is_state or table in self.mapping_sql) and _has_fallen(
                table, before, now, company
            ):
                message = _fallen(f"the table {table}", table, before, now, company)
                blocks.append(self._block(table, message, now))
        for path, (table, now) in _append_files(load, self.mapping_sql):
            before = self.files.get(path, (table, 0))[1]
            if load.folder is None and now and _has_fallen(table, before, now, company):
                message = _fallen(f"landed/{path}", table, before, now, company)
                blocks.append(self._block(table, message, now))
        return blocks

    def _block(self, table: str, message: str, now: int) -> Block:
        return Block(
            check=f"landed_{table}_rows",
            table=table,
            cause=f"{table} since load {self.loads.get(table, 0)}",
            message=message,
            measured=now,
        )

    def _must_stay(self, table: str, company: Company) -> bool:
        """A table that had rows may not vanish, unless its limit says that all of it may."""
        return bool(self.rows(table)) and company.limits(table).shrink_limit_ratio < 1

    def _is_comparable(self, table: str, load: Load) -> bool:
        return raw_tables()[table].is_state or load.folder is None


def _table_rows(load: Load, mapping_sql: Mapping[str, str]) -> dict[str, int]:
    """Rows per table as the load's files (or the mapping) give them, unchanged files included."""
    rows = {
        table: sum(file.row_count or 0 for file in files)
        for table, files in files_by_table(load, mapping_sql).items()
    }
    return rows | {
        table: count for table, count in (load.row_counts or {}).items() if table in mapping_sql
    }


def _append_files(
    load: Load, mapping_sql: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, int]]]:
    for table, files in files_by_table(load, mapping_sql).items():
        if not raw_tables()[table].is_state:
            for file in files:
                yield file.path, (table, file.row_count or 0)


def _has_fallen(table: str, before: int, now: int, company: Company) -> bool:
    limit = company.limits(table).shrink_limit_ratio
    return bool(now and before) and before - now >= limit * before


def _gone(table: str, before: int, what: str) -> str:
    return (
        f"The table {table} {what}; the last load had {before} rows. Nothing was changed. Land it "
        f"again; or {how_to_acknowledge(table)}."
    )


def _fallen(what: str, table: str, before: int, now: int, company: Company) -> str:
    limit = company.limits(table).shrink_limit_ratio
    return (
        f"{what[0].upper()}{what[1:]} fell from {before} to {now} rows "
        f"(-{(before - now) / before:.0%}; the limit is -{limit:.0%}). Nothing was changed. Land "
        f"it whole; or {how_to_acknowledge(table)}."
    )


def how_to_acknowledge(what: str) -> str:
    """The command that lets a block pass once, in words."""
    return (
        f"acknowledge it: health acknowledge {what} --as outage (the source is at fault: what "
        "rests on it is stale until it is back) or --as meant (it is true), with --author and "
        "--reason"
    )
