"""A version's marts as Parquet: large facts by month, unchanged files shared with the last."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from orchestration.base.files import file_hash
from orchestration.base.lockdown import text_literal
from orchestration.publishing.published_tables import Table

PARTITIONED = ("fct_account_health", "fct_indicator_scores", "fct_module_scores")


def write_parquet(
    connection: duckdb.DuckDBPyConnection,
    tables: list[Table],
    folder: Path,
    previous: Path | None,
) -> dict[str, str]:
    """The same tables as Parquet. A file with the previous version's content is that file."""
    parts = [part for table in tables for part in _parts(connection, table)]
    for name, _ in parts:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)

    def write(part: tuple[Path, str]) -> tuple[str, str]:
        name, query = part
        with connection.cursor() as cursor:
            cursor.execute(
                f"copy ({query}) to {text_literal(folder / name)} "
                "(format parquet, compression zstd)"
            )
        content = file_hash(folder / name)
        if previous:
            _link_unchanged(folder / name, previous / name, content)
        return str(name), content

    with ThreadPoolExecutor(max_workers=2) as writers:  # two files at a time
        return dict(writers.map(write, parts))


def _parts(connection: duckdb.DuckDBPyConnection, table: Table) -> list[tuple[Path, str]]:
    """A table's files with the query of each: one a month for large facts, else one."""
    query = f"select * from publication.{table.relation}"
    months = []
    if table.name in PARTITIONED:
        months = connection.execute(
            f"select distinct strftime(as_of_date, '%Y-%m') from ({query}) order by 1"
        ).fetchall()
    if not months:
        return [(Path(table.name) / "part-0.parquet", query)]
    return [
        (
            Path(table.name) / f"as_of_month={month}" / "part-0.parquet",
            f"{query} where as_of_date >= date '{month}-01' "
            f"and as_of_date < date '{month}-01' + interval 1 month",
        )
        for (month,) in months
    ]


def _link_unchanged(new: Path, old: Path, content: str) -> None:
    if old.is_file() and old.stat().st_size == new.stat().st_size and file_hash(old) == content:
        linked = new.with_suffix(".linked")
        try:
            linked.hardlink_to(old)
        except OSError:
            return  # a file system without hard links keeps the copy
        linked.replace(new)
