"""Make a history that differs small, and print its rows: they are what a unit test needs.

    python -m tests.properties.shrink 17 250 h0031

Histories are independent of one another, so all candidates of a round live in one company: each is
the history with another part left out.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from orchestration.base.settings import silence_telemetry
from tests.properties.batch import make_batch
from tests.properties.company import Batch
from tests.properties.history import Row
from tests.properties.proof import Workshop, prove

CANDIDATES = 40


def shrink(workshop: Workshop, batch: Batch, number: str) -> list[Row]:
    """The fewest rows of the history that still differ, as far as leaving out parts goes."""
    rows = batch.histories[number]
    width = max(1, len(rows) // CANDIDATES)
    while True:
        parts = [range(start, start + width) for start in range(0, len(rows), width)]
        alone = _failing(workshop, batch, [_without(rows, part) for part in parts])
        free = [part for part, fails in zip(parts, alone, strict=True) if fails]
        if free:
            together = [
                [place for part in free[: n + 1] for place in part] for n in range(len(free))
            ]
            fails = _failing(workshop, batch, [_without(rows, places) for places in together])
            best = max((n for n, failed in enumerate(fails) if failed), default=0)
            rows = _without(rows, together[best])
            print(f"    {len(rows)} rows left", flush=True)
        if width == 1 and (not free or len(rows) == 1):
            return rows
        width = max(1, width // 4) if not free else width


def _without(rows: list[Row], places) -> list[Row]:
    gone = set(places)
    return [row for place, row in enumerate(rows) if place not in gone]


def _failing(workshop: Workshop, batch: Batch, candidates: list[list[Row]]) -> list[bool]:
    numbered = {f"h{place:04d}": rows for place, rows in enumerate(candidates, start=1)}
    verdict = prove(workshop, Batch(batch.plan, numbered, batch.common), ways=("incremental",))
    return [number in verdict.histories for number in numbered]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("size", type=int)
    parser.add_argument("history", help="such as h0031")
    arguments = parser.parse_args()
    silence_telemetry()
    batch = make_batch(arguments.seed, arguments.size)
    with tempfile.TemporaryDirectory() as folder:
        rows = shrink(Workshop(Path(folder)), batch, arguments.history)
    for row in rows:
        print(f"    {row.load} {row.table} {row.values}")


if __name__ == "__main__":
    main()
