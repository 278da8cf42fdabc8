"""Make a history that differs small, and keep it as a case.

    python -m tests.properties.shrink 17 250 h0031 "what was wrong, in a sentence"

Histories are independent of one another, so all candidates of a round live in one company: each is
the history with another part left out. Cases lie in cases.json; `make test` replays them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from orchestration.settings import silence_telemetry
from tests.properties.batch import make_batch
from tests.properties.company import Batch
from tests.properties.history import Row
from tests.properties.plan import Plan
from tests.properties.proof import Workshop, prove

CASES = Path(__file__).with_name("cases.json")
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


def read_cases() -> list[tuple[str, Batch]]:
    """What was wrong once, with the company that showed it."""
    cases = json.loads(CASES.read_text()) if CASES.exists() else []
    return [
        (
            case["about"],
            Batch(
                Plan.from_json(case["plan"]),
                {f"h{n:04d}": _rows(rows) for n, rows in enumerate(case["histories"], start=1)},
                tuple(_rows(case["common"])),
            ),
        )
        for case in cases
    ]


def keep_case(about: str, batch: Batch) -> None:
    cases = json.loads(CASES.read_text()) if CASES.exists() else []
    content = {
        "about": about,
        "plan": batch.plan.to_json(),
        "common": [list(row) for row in batch.common],
        "histories": [[list(row) for row in rows] for rows in batch.histories.values()],
    }
    lines = [json.dumps(case, separators=(",", ":")) for case in [*cases, content]]
    CASES.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def _rows(content: list) -> list[Row]:
    return [Row(load, table, values) for load, table, values in content]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("size", type=int)
    parser.add_argument("history", help="such as h0031")
    parser.add_argument("about", help="what was wrong")
    arguments = parser.parse_args()
    silence_telemetry()
    batch = make_batch(arguments.seed, arguments.size)
    with tempfile.TemporaryDirectory() as folder:
        rows = shrink(Workshop(Path(folder)), batch, arguments.history)
    for row in rows:
        print(f"    {row.load} {row.table} {row.values}")
    used = any(row.table == "subscriptions" for row in rows)
    common = batch.common if used else ()
    keep_case(arguments.about, Batch(batch.plan, {"h0001": rows}, common))


if __name__ == "__main__":
    main()
