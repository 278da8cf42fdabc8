"""The ledger: what readers were shown, one folder of Parquet files for each publication.

`state/<company_id>/ledger/<refresh_id>/` holds the rows that a publication added, and is never
written again. Every build reads all of them (schema `ledger`) and finds what differs from now;
publishing writes the new rows before readers see them. A folder whose publication nobody was ever
shown, because it died in between, is removed by the next refresh, which finds the same rows again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.base.files import make_private_folder, remove_tree, sync_folder, sync_tree
from orchestration.base.lockdown import CONFIG, shut_in, text_literal
from orchestration.base.settings import CompanyPaths
from orchestration.publishing.versions import MAKING, current_version, was_never_shown

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Entry:
    """A mart whose rows enter the ledger with the publication that `refresh_id` names."""

    mart: str
    columns: dict[str, str]  # with their types, `refresh_id` among them


TABLES = {
    "published_scores": Entry(
        "fct_published_scores",
        {
            "account_id": "varchar",
            "as_of_date": "date",
            "refresh_id": "varchar",
            "published_at": "timestamp",
            "scorecard_id": "varchar",
            "scorecard_version": "integer",
            "weighted_score": "double",
            "computed_score": "double",
            "score": "double",
            "band": "varchar",
            "unscored_reason": "varchar",
            "is_withdrawn": "boolean",
            "restates": "varchar",
        },
    ),
    "published_ctas": Entry(
        "fct_ctas",
        {
            "cta_id": "varchar",
            "account_id": "varchar",
            "rule_id": "varchar",
            "opened_on": "date",
            "refresh_id": "varchar",
            "published_at": "timestamp",
        },
    ),
}


def load(connection: "duckdb.DuckDBPyConnection", folder: Path | None) -> None:
    """Bring the schema `ledger` of a build file up to the folders; empty tables without any.

    A folder is never written again: what a table has of one stays.
    """
    connection.execute("create schema if not exists ledger")
    for name, entry in TABLES.items():
        described = ", ".join(f"{column} {kind}" for column, kind in entry.columns.items())
        connection.execute(f"create table if not exists ledger.{name} ({described})")
        files = {file.parent.name: file for file in _files(folder, name)}
        there = connection.execute(f"select distinct refresh_id from ledger.{name}").fetchall()
        known = {refresh_id for (refresh_id,) in there}
        gone = sorted(known - files.keys())
        if gone:  # nobody was ever shown it
            connection.execute(
                f"delete from ledger.{name} where list_contains(?, refresh_id)", [gone]
            )
        new = [str(file) for refresh_id, file in files.items() if refresh_id not in known]
        if new:
            connection.execute(
                f"insert into ledger.{name} by name "
                "select * from read_parquet(?, union_by_name = true)",
                [new],
            )


def _files(folder: Path | None, name: str) -> list[Path]:
    return sorted(folder.glob(f"[!.]*/{name}.parquet")) if folder else []


def write(paths: CompanyPaths, database: Path, refresh_id: str) -> None:
    """Add the rows that a version shows for the first time: complete and durable, or not at all."""
    import duckdb

    making, final = paths.ledger / f"{MAKING}{refresh_id}", paths.ledger / refresh_id
    remove_tree(making)
    make_private_folder(paths.ledger)
    making.mkdir()
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        connection.execute("set threads = 1")  # rows keep their order
        connection.execute(f"attach {text_literal(database)} as version (read_only)")
        shut_in(connection, making)
        marts = connection.execute(
            "select table_name from duckdb_tables() where database_name = 'version'"
        ).fetchall()
        for name, entry in TABLES.items():
            if (entry.mart,) in marts:
                connection.execute(
                    f"copy (select {', '.join(entry.columns)} from version.marts.{entry.mart} "
                    f"where refresh_id = '{refresh_id}' order by all) "
                    f"to {text_literal(making / f'{name}.parquet')} "
                    "(format parquet, compression zstd)"
                )
    sync_tree(making)
    making.rename(final)
    sync_folder(paths.ledger)


def tidy(paths: CompanyPaths, statuses: Mapping[str, str]) -> list[str]:
    """Remove what dead refreshes left; `statuses` is the refresh log's, by refresh id."""
    if not paths.ledger.exists():
        return []
    current = current_version(paths)
    doomed = [
        folder
        for folder in sorted(paths.ledger.iterdir())
        if folder.name.startswith(MAKING) or was_never_shown(folder.name, current, statuses)
    ]
    for folder in doomed:
        remove_tree(folder)
    return [folder.name for folder in doomed]
