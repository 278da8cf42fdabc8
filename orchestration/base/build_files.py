"""The databases of a build: files side by side, each a catalog of its own.

Belongs here: their names, and how a build is opened to be read. `warehouse` is carried on from
build to build. What is published lies in a file for itself, so that a version begins with a copy of
it; it is carried on too. What every build makes anew lies in one that is begun empty, so that
nobody copies it. Which model lies where: `generate_database_name` in macros/files.sql;
`profiles.yml` attaches them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.base.lockdown import open_read_only, text_literal
from orchestration.base.settings import WAREHOUSE_FILE

if TYPE_CHECKING:
    import duckdb

WAREHOUSE = Path(WAREHOUSE_FILE).stem
PUBLISHED_SCHEMAS = ("marts", "restricted")
SCRATCH = "scratch_file"


def catalog_of(schema: str) -> str:
    """The catalog of a published schema: not the schema's own name, which would be ambiguous."""
    return f"{schema}_file"


STAMP = "of_build"  # a table that says of which refresh the file is
# What DuckDB 1.1 and every later 1.x can open.
STORAGE_VERSION = "v1.1.0"
BESIDE = (*map(catalog_of, PUBLISHED_SCHEMAS), SCRATCH)  # the catalogs beside `warehouse`


def file_of(warehouse: Path, catalog: str) -> Path:
    """The file of a catalog in the build whose own file is `warehouse`: it bears its name."""
    return warehouse.with_name(f"{catalog}.duckdb")


def published_file(warehouse: Path, schema: str) -> Path:
    """The file of what is published of a schema."""
    return file_of(warehouse, catalog_of(schema))


def files(warehouse: Path) -> dict[str, Path]:
    """The files that there are, by their catalog."""
    found = {catalog: file_of(warehouse, catalog) for catalog in (WAREHOUSE, *BESIDE)}
    return {catalog: path for catalog, path in found.items() if path.exists()}


@contextmanager
def open_build(
    warehouse: Path,
    *folders: Path,
    before: Path | None = None,
    memory_limit: str = "",
    threads: int = 0,
) -> Iterator["duckdb.DuckDBPyConnection"]:
    """All files of a build to read from, `schema.table` found in whichever of them it lies.

    `before` is the file of another build, whose catalogs are named `before_…` (see `named_before`).
    """
    beside = {name: path for name, path in files(warehouse).items() if name != WAREHOUSE}
    earlier = {named_before(name): path for name, path in (files(before) if before else {}).items()}
    with open_read_only(
        warehouse,
        *folders,
        beside={**beside, **earlier},
        prepare=lambda connection: _search_all(connection, {WAREHOUSE, *beside}),
        memory_limit=memory_limit,
        threads=threads,
    ) as connection:
        yield connection


def stamp(warehouse: Path, refresh_id: str) -> None:
    """Begin the files beside the build's own one that are not there yet; note whose all are."""
    import duckdb

    for catalog in BESIDE:
        with duckdb.connect(":memory:") as connection:
            file = text_literal(file_of(warehouse, catalog))
            connection.execute(f"attach {file} as {catalog} (storage_version '{STORAGE_VERSION}')")
            connection.execute(
                f"create or replace table {catalog}.main.{STAMP} as select ? as refresh_id",
                [refresh_id],
            )


def of_another_build(warehouse: Path, refresh_id: str) -> str | None:
    """What is wrong with a file beside the build's own one; None where all are of this refresh.

    Raises duckdb.Error where one can't be read.
    """
    for catalog in BESIDE:
        file = file_of(warehouse, catalog)
        if not file.is_file():
            return f"{file.name} is gone"
        with open_read_only(file) as connection:
            found = connection.execute(f"select refresh_id from main.{STAMP}").fetchone()
        if found != (refresh_id,):
            return f"{file.name} is of another build"
    return None


def named_before(catalog: str) -> str:
    return f"before_{catalog}"


def _search_all(connection: "duckdb.DuckDBPyConnection", catalogs: set[str]) -> None:
    found = connection.execute(
        "select database_name || '.' || schema_name from duckdb_schemas() "
        "where not internal and list_contains(?, database_name) order by all",
        [sorted(catalogs)],
    ).fetchall()
    path = ",".join([f"{WAREHOUSE}.main", *(name for (name,) in found)])
    connection.execute(f"set search_path = {text_literal(path)}")
