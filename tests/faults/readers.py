"""Readers that look at the published marts all the time, and count what they may never see.

    python -m tests.faults.readers <kind> <published/company> <shape> <tally file>

Kinds: `query` (a new connection through the link, everything in one query), `session` (one
connection, a query per mart with pauses), `parquet` (the link resolved once, then every file).
A read is wrong when five marts do not all name one generation and one refresh id, or when a refresh
id comes with another generation than before. Any exception is an error.
"""

import mmap
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.publishing.versions import DATABASE
from tests.faults.company import MINI, PROMISES, Shape

COUNTS = struct.Struct("QQQ")  # reads, wrong reads, errors
PAUSE = 0.05
NEWEST = "select max(refresh_id) from {} where status = 'published'"


@dataclass(frozen=True)
class Seen:
    """What one read found: the newest refresh id, and the generations of every mart."""

    refresh_id: str | None
    generations: frozenset[int | None]


class Mixed(Exception):
    """Marts of more than one refresh, or none, in one read."""


def mart_query(shape: Shape, mart: str, relation: str) -> str:
    """All generations that a mart's rows name; of facts, those of the newest date."""
    column, factor = shape.marts[mart]
    newest = f" where as_of_date = (select max(as_of_date) from {relation})"
    return (
        f"select distinct cast(round({column} * {factor}) as bigint) as generation "
        f"from {relation}{'' if mart.startswith('dim_') else newest}"
    )


def one_query(shape: Shape, relation: Callable[[str], str]) -> str:
    marts = " union all ".join(mart_query(shape, mart, relation(mart)) for mart in shape.marts)
    newest = NEWEST.format(relation("refresh_log"))
    return f"select distinct ({newest}) as refresh_id, generation from ({marts})"


def seen(rows: list[tuple]) -> Seen:
    ids = {row[0] for row in rows}
    if len(ids) != 1:
        raise Mixed(f"refresh ids {ids}")
    return Seen(ids.pop(), frozenset(row[1] for row in rows))


def read_query(shape: Shape, current: Path) -> Seen:
    with duckdb.connect(str(current / DATABASE), read_only=True) as connection:
        return seen(connection.execute(one_query(shape, "marts.{}".format)).fetchall())


def read_session(shape: Shape, current: Path) -> Seen:
    with duckdb.connect(str(current / DATABASE), read_only=True) as connection:
        found = []
        for mart in shape.marts:
            (refresh_id,) = connection.execute(NEWEST.format("marts.refresh_log")).fetchone()
            rows = connection.execute(mart_query(shape, mart, f"marts.{mart}")).fetchall()
            found += [(refresh_id, generation) for (generation,) in rows]
            time.sleep(PAUSE)
        return seen(found)


def read_parquet(shape: Shape, current: Path) -> Seen:
    folder = current.resolve() / "parquet"

    def relation(mart: str) -> str:
        return f"read_parquet('{folder}/{mart}/**/*.parquet', hive_partitioning = false)"

    with duckdb.connect() as connection:
        return seen(connection.execute(one_query(shape, relation)).fetchall())


KINDS = {"query": read_query, "session": read_session, "parquet": read_parquet}


class Judge:
    """Decides whether a read is right, knowing all reads before it."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def check(self, found: Seen) -> None:
        if found.refresh_id is None or len(found.generations) != 1:
            raise Mixed(
                f"{found.refresh_id} with generations {sorted(map(str, found.generations))}"
            )
        (generation,) = found.generations
        before = self.known.setdefault(found.refresh_id, generation)
        if generation is None or generation != before:
            raise Mixed(f"{found.refresh_id} with generation {generation}, before with {before}")


def main() -> None:
    kind, published, shape_name, tally = sys.argv[1:]
    shape = {"promises": PROMISES, "mini": MINI}[shape_name]
    current = Path(published) / "current"
    judge = Judge()
    with Path(tally).open("r+b") as file, mmap.mmap(file.fileno(), COUNTS.size) as counts:
        while True:
            reads, wrong, errors = COUNTS.unpack(counts[:])
            try:
                judge.check(KINDS[kind](shape, current))
            except Mixed as problem:
                wrong += 1
                note(tally, problem)
            except Exception as problem:
                errors += 1
                note(tally, problem)
            counts[:] = COUNTS.pack(reads + 1, wrong, errors)
            time.sleep(PAUSE)


def note(tally: str, problem: Exception) -> None:
    with Path(tally).with_suffix(".txt").open("a") as file:
        file.write(f"{time.time():.3f} {type(problem).__name__}: {problem}\n")


if __name__ == "__main__":
    main()
