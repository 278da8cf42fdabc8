"""Old names of published tables and columns, kept as views for one major version.

A model of `models/deprecated/` is a view in the build, over marts alone. In the published file the
same view stands without the build's catalog in it, so that the file opens under any name.
"""

import re

import duckdb

from orchestration.base.build_files import BESIDE, WAREHOUSE, catalog_of
from orchestration.base.errors import HealthError
from orchestration.publishing.published_tables import PUBLICATION

TEXT = re.compile(r"'(?:[^']|'')*'")
BUILT = re.compile(rf"\b(?:{'|'.join((WAREHOUSE, *BESIDE))})\b")


def view_of(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> str:
    """The SQL that makes the view in any file. HealthError where it reads more than the schema."""
    (found,) = connection.execute(
        "select sql from duckdb_views() where database_name = ? and schema_name = ? "
        "and view_name = ?",
        [PUBLICATION, schema, name],
    ).fetchall()
    sql = without_catalog(found[0], schema)
    if BUILT.search(TEXT.sub("", sql)):
        raise HealthError(
            f"The deprecated view {name} reads more than the schema {schema}. Only what is "
            "published can be behind it; nothing was published."
        )
    return sql


def without_catalog(sql: str, schema: str) -> str:
    """The SQL with the build's catalog taken from names of the schema, texts left alone."""
    parts, end = [], 0
    for text in TEXT.finditer(sql):
        parts += [_plain(sql[end : text.start()], schema), text[0]]
        end = text.end()
    return "".join([*parts, _plain(sql[end:], schema)])


def _plain(sql: str, schema: str) -> str:
    return re.sub(rf"\b{catalog_of(schema)}\.{schema}\.", f"{schema}.", sql)
