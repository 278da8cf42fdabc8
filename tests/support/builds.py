"""A build's files, for tests that copy or change one."""

import shutil
from pathlib import Path

import duckdb

from orchestration.base.build_files import files, open_build


def copied(warehouse: Path, folder: Path) -> Path:
    """A copy of the build in the folder that may be written to; its own file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in files(warehouse).values():
        Path(shutil.copyfile(file, folder / file.name)).chmod(0o644)
    return folder / warehouse.name


def rows_in(warehouse: Path, sql: str) -> list[tuple]:
    """What a query finds in a build, in whichever of its files."""
    with open_build(warehouse, warehouse.parents[1]) as connection:
        return connection.execute(sql).fetchall()


def attach(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """All of a build's files beside another database."""
    (there,) = connection.execute("select list(database_name) from duckdb_databases()").fetchone()
    for name, file in files(warehouse).items():
        if name not in there:
            connection.execute(f"attach '{file}' as {name} (read_only)")
