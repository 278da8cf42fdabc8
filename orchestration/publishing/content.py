"""What a version holds, part by part: the next one shares the Parquet of parts that are the same.

A table whose key names the as-of date is kept by months of it; any other table is one part. Of
every part the manifest keeps the number of rows and a fingerprint of their values, whatever their
order: where two agree, the rows are the same, whichever builds they are from. Measured is what the
build may have changed; months that it carried on as a published build left them are as that one's
version says, where they have as many rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import duckdb

from orchestration.publishing.published_tables import (
    AS_OF,
    MONTH,
    PUBLICATION,
    Table,
    quoted_list,
)

# Raise it when publishing orders rows, cuts files, or looks for addresses in another way: what an
# earlier format wrote is then written anew.
FORMAT = 3
ALL = "all"  # the one part of a table that is not kept by months


@dataclass(frozen=True)
class Content:
    """A table: its columns, types and order as one hash; each part as "rows fingerprint"."""

    columns: str
    parts: dict[str, str]

    @property
    def rows(self) -> int:
        return sum(int(part.split()[0]) for part in self.parts.values())


@dataclass(frozen=True)
class Carried:
    """The refresh whose marts a build carries on, and since which date each of them is replaced."""

    refresh_id: str
    since: Mapping[str, date]


@dataclass(frozen=True)
class Difference:
    """The parts of a table that are not as they were, those that are gone included."""

    parts: tuple[str, ...]
    is_whole: bool  # nothing of the table is as it was

    @property
    def is_none(self) -> bool:
        return not self.is_whole and not self.parts

    @property
    def where(self) -> str | None:
        """The condition on the rows that are new; None where there are none."""
        return "true" if self.is_whole else in_months(self.parts) or None


ANEW = Difference((ALL,), True)  # what is not measured


def measure(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    earlier: Content | None = None,
    since: date | None = None,
) -> Content:
    """Measure a table of the version that is made: all of it, or what is not as `earlier` says.

    `since` is the first date that the build replaced in what `earlier` is the content of.
    """
    columns = _columns_hash(table)
    kept: dict[str, str] = {}
    if earlier and since and table.is_dated and earlier.columns == columns:
        kept = _carried_parts(connection, table, earlier, since)
    # Hashed twice: the outer one keeps sums of rows apart that have exchanged a value.
    sql = (
        f"select {AS_OF if table.is_dated else 'null'} as {AS_OF}, count(*) as row_count, "
        f"sum(hash(hash({quoted_list(table.columns)}))) as hashes "
        f"from {PUBLICATION}.{table.relation}"
    )
    if kept and since:
        sql += f" where {AS_OF} >= date '{since.replace(day=1)}'"
    if table.is_dated:  # by dates, then months: a row need not be asked for its month
        sql = (
            f"select {MONTH}, sum(row_count), sum(hashes) from ({sql} group by {AS_OF}) "
            "group by 1 order by 1"
        )
    found = connection.execute(sql).fetchall()
    measured = {_month(month): f"{rows} {total or 0:x}" for month, rows, total in found}
    return Content(columns, {**kept, **measured})


def _columns_hash(table: Table) -> str:
    described = [f"{name} {kind}" for name, kind in zip(table.columns, table.types, strict=True)]
    return sha256("\n".join([*described, table.by_key]).encode()).hexdigest()[:16]


def _carried_parts(
    connection: duckdb.DuckDBPyConnection, table: Table, earlier: Content, since: date
) -> dict[str, str]:
    """The months before the replaced ones, if each of them has the rows that it had."""
    sql = (
        f"select {MONTH}, sum(row_count) from (select {AS_OF}, count(*) as row_count "
        f"from {PUBLICATION}.{table.relation} group by {AS_OF}) group by 1"
    )
    rows = {_month(month): count for month, count in connection.execute(sql).fetchall()}
    before = sorted(month for month in {*rows, *earlier.parts} if month < f"{since:%Y-%m}")
    kept = {month: earlier.parts.get(month, "") for month in before}
    is_same = all(str(rows.get(month)) == part.split(" ")[0] for month, part in kept.items())
    return kept if is_same and ALL not in rows else {}


def _month(first: date | None) -> str:
    return f"{first:%Y-%m}" if first else ALL


def in_months(months: Iterable[str]) -> str:
    """The condition on the rows of months; empty where there is none."""
    return " or ".join(map(in_month, months))


def in_month(month: str) -> str:
    """The condition on the rows of a month, or on those without a date."""
    if month == ALL:
        return f"{AS_OF} is null"
    first = date.fromisoformat(f"{month}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return f"({AS_OF} >= date '{first}' and {AS_OF} < date '{following}')"


def difference(table: Table, now: Content | None, earlier: Content | None) -> Difference:
    """What of the table the earlier version does not hold as the build does."""
    if now is None:
        return ANEW
    if earlier is None or earlier.columns != now.columns:
        return Difference(tuple(now.parts), True)
    parts = tuple(
        part
        for part in sorted({*now.parts, *earlier.parts})
        if now.parts.get(part) != earlier.parts.get(part)
    )
    return Difference(parts, bool(parts) and not table.is_dated)


def to_manifest(contents: dict[str, Content]) -> dict[str, Any]:
    """What a manifest says of the content; see `from_manifest`."""
    return {
        "format": FORMAT,
        "engine": duckdb.__version__,
        "content": {
            name: {"columns": content.columns, "parts": content.parts}
            for name, content in contents.items()
        },
    }


def from_manifest(manifest: dict[str, Any]) -> dict[str, Content]:
    """The content of a version; empty where another format or engine wrote it."""
    if (manifest.get("format"), manifest.get("engine")) != (FORMAT, duckdb.__version__):
        return {}
    return {name: Content(**content) for name, content in manifest["content"].items()}
