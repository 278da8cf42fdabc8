"""Planted persons, and a search for them in everything that a refresh writes.

Words that occur nowhere else stand for an e-mail address, a name and a survey comment. Files are
searched as bytes; what is compressed (databases, Parquet) also by the values in its tables.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

EMAIL = "quillfeather@nestbox.example"
NAME = "Wrenfield Canarsson"
COMMENT = 'zugzwangle; the birdcage\'s "door" stays shut'
WORDS = ("quillfeather", "nestbox", "wrenfield", "canarsson", "zugzwangle", "birdcage")


def quoted(text: str) -> str:
    """A CSV field."""
    return '"' + text.replace('"', '""') + '"'


def found_in_text(text: str | bytes, words: Iterable[str] = WORDS) -> list[str]:
    """The planted words in it, whatever their case."""
    small = text.lower() if isinstance(text, bytes) else text.lower().encode()
    return [word for word in words if word.encode() in small]


def found_in(
    folders: Iterable[Path], leave_out: Iterable[Path] = (), words: Iterable[str] = WORDS
) -> list[str]:
    """`file (or table): word` for everything planted that stands in the folders' files."""
    left_out = [path.resolve() for path in leave_out]
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            real = path.resolve()
            if not path.is_file() or any(real.is_relative_to(each) for each in left_out):
                continue
            name = path.relative_to(folder).as_posix()
            found += [f"{name}: {word}" for word in found_in_text(path.read_bytes(), words)]
            found += [f"{name} {place}: {word}" for place, word in _in_tables(path, words)]
            found += [f"{name} (its name): {word}" for word in found_in_text(name, words)]
    return found


def _in_tables(path: Path, words: Iterable[str]) -> Iterator[tuple[str, str]]:
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where not internal"
            ).fetchall()
            for schema, table in tables:
                yield from _in_relation(connection, f'{schema}."{table}"', words)
    elif path.suffix == ".parquet":
        with duckdb.connect() as connection:
            yield from _in_relation(connection, f"read_parquet('{path}')", words)
    elif path.suffix in {".db", ".sqlite"}:
        with sqlite3.connect(path) as connection:
            for line in connection.iterdump():
                yield from (("dump", word) for word in found_in_text(line, words))


def _in_relation(
    connection: duckdb.DuckDBPyConnection, relation: str, words: Iterable[str]
) -> Iterator[tuple[str, str]]:
    for word in words:
        sql = f"select count(*) from {relation} as t where contains(lower(cast(t as varchar)), ?)"
        if connection.execute(sql, [word]).fetchone()[0]:
            yield relation, word
