"""Mutate the SQL of activity, scoring, actions and roll-ups; dbt's unit tests judge.

    python -m tests.mutants [models/actions/…]

Ends with 1 where a mutant survives that tests/mutants/explained.csv does not explain. Where no part
is named, it tries all and writes benchmarks/mutants.csv: every mutant with the test that caught it,
or why none has to.
"""

import csv
import io
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.__main__ import commit
from orchestration.base.files import write_atomic
from orchestration.base.progress import Progress
from orchestration.base.settings import PROJECT_ROOT, CompanyPaths, Settings, silence_telemetry
from orchestration.refresh import Refresh
from tests.mutants.explained import Explanations
from tests.mutants.judge import Judge
from tests.support.builds import copied

FILE = PROJECT_ROOT / "benchmarks" / "mutants.csv"
COMPANY = PROJECT_ROOT / "seeds" / "companies" / "restaurant_robots"
MUTATED = (
    "models/activity",
    "models/scoring",
    "models/actions",
    "models/rollups",
    "macros/scoring",
    "macros/windows.sql",
    "macros/tickets.sql",
    "macros/known.sql",
    "macros/shims",
)
COLUMNS = ("commit", "file", "line", "column", "found", "put", "caught_by", "survives_because")


def main() -> None:
    silence_telemetry()
    with tempfile.TemporaryDirectory() as folder:
        print("a build of the sample, whose relations the fixtures are shaped after", flush=True)
        judge = Judge(*_built(Path(folder)), Path(folder))
        failing = [name for name, item in judge.results.items() if item.status != "pass"]
        if failing:
            sys.exit(f"These unit tests fail without any mutant: {', '.join(failing)}")
        print(f"{len(judge.tests)} unit tests", flush=True)
        rows = _judge_all(judge, Explanations(), tuple(sys.argv[1:]) or MUTATED)
    if not sys.argv[1:]:
        _write(rows)
    caught = sum(1 for row in rows if row["caught_by"])
    bare = [row for row in rows if not row["caught_by"] and not row["survives_because"]]
    print(f"{len(rows)} mutants: {caught} caught, {len(rows) - caught} survive")
    print(f"{len(bare)} of these are not explained" + (":" if bare else ""))
    for row in bare:
        print(f"    {row['file']}:{row['line']}:{row['column']} {row['found']} → {row['put']}")
    sys.exit(1 if bare else 0)


def _write(rows: list[dict[str, object]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(FILE, text.getvalue().encode())


def _judge_all(
    judge: Judge, explanations: Explanations, parts: tuple[str, ...]
) -> list[dict[str, object]]:
    began, now, rows = time.monotonic(), commit(), []
    for source in judge.sources(*parts):
        counts: Counter[str] = Counter()
        for mutant in source.mutants():
            test = judge.catches(source, mutant.text)
            counts["caught" if test else "survive"] += 1
            why = "" if test else explanations.why(mutant)
            rows.append(
                {
                    "commit": now,
                    "file": mutant.file,
                    "line": mutant.line,
                    "column": mutant.column,
                    "found": " ".join(mutant.found.split()),
                    "put": mutant.put,
                    "caught_by": test or "",
                    "survives_because": why,
                }
            )
        if counts:
            told = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
            seconds = time.monotonic() - began
            print(f"{source.file}:{source.first_line} {told} ({seconds:.0f} s)", flush=True)
    return rows


def _built(folder: Path) -> tuple[CompanyPaths, Path]:
    """Paths of a refreshed sample, and a copy of its build that may be written to."""
    settings = Settings(folder / "state", folder / "published", COMPANY)
    refresh = Refresh(settings, progress=Progress(lambda line: None))
    refresh.run()
    return refresh.paths, copied(refresh.paths.audited_file, folder / "copied")


if __name__ == "__main__":
    main()
