"""How many rows each table had, load by load, and whether one fell so far that it is an outage."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from orchestration.landing.company import Company
from orchestration.landing.loads import Load
from orchestration.landing.plan import files_by_table
from orchestration.landing.tables import raw_tables


@dataclass
class Volumes:
    """Rows as the last load left them.

    State tables are compared as a whole. Append tables only grow, so a file that is written over
    under the same name is compared with itself; what comes in dated folders is not compared, for
    a quiet day is no outage.
    """

    mapping_sql: Mapping[str, str]
    tables: dict[str, int] = field(default_factory=dict)
    files: dict[str, tuple[str, int]] = field(default_factory=dict)

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
        self.tables |= _table_rows(load, self.mapping_sql)
        for table in load.missing_tables:
            self.tables.pop(table, None)
        if load.folder is None:
            self.files = {path: rows for path, rows in _append_files(load, self.mapping_sql)}

    def compare(self, load: Load, company: Company, acknowledged: Collection[str]) -> list[str]:
        """One message per table that is gone, empty, or fell to its limit."""
        messages = []
        for table in load.missing_tables:
            if self._must_stay(table, company, acknowledged):
                messages.append(_gone(table, self.rows(table), "is missing from the landed folder"))
        for table, now in _table_rows(load, self.mapping_sql).items():
            if table in acknowledged or not self._is_comparable(table, load):
                continue
            before = self.rows(table)
            if not now:
                if self._must_stay(table, company, acknowledged):
                    messages.append(_gone(table, before, "is now empty"))
            elif raw_tables()[table].is_state or table in self.mapping_sql:
                messages += _fallen(f"the table {table}", table, before, now, company)
        for path, (table, now) in _append_files(load, self.mapping_sql):
            before = self.files.get(path, (table, 0))[1]
            if table not in acknowledged and load.folder is None and now:
                messages += _fallen(f"landed/{path}", table, before, now, company)
        return messages

    def _must_stay(self, table: str, company: Company, acknowledged: Collection[str]) -> bool:
        """A table that had rows may not vanish, unless its limit says that all of it may."""
        is_meant = table in acknowledged or company.limits(table).shrink_limit_ratio >= 1
        return bool(self.rows(table)) and not is_meant

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


def _append_files(load: Load, mapping_sql: Mapping[str, str]):
    for table, files in files_by_table(load, mapping_sql).items():
        if not raw_tables()[table].is_state:
            for file in files:
                yield file.path, (table, file.row_count or 0)


def _gone(table: str, before: int, what: str) -> str:
    return (
        f"The table {table} {what}; the last load had {before} rows. Nothing was changed. Land it "
        f"again; or, if it is meant, say so with tables.{table}.shrink_limit_ratio: 1 in "
        "company.yml."
    )


def _fallen(what: str, table: str, before: int, now: int, company: Company) -> list[str]:
    limit = company.limits(table).shrink_limit_ratio
    if not now or before - now < limit * before or not before:
        return []
    return [
        f"{what[0].upper()}{what[1:]} fell from {before} to {now} rows "
        f"(-{(before - now) / before:.0%}; the limit is -{limit:.0%}). Nothing was changed. Land "
        "it whole; or, if it is meant, raise tables."
        f"{table}.shrink_limit_ratio in company.yml."
    ]
