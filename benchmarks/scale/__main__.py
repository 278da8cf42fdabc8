"""Measure what the figures of a generated company cost, each way in a process of its own.

    python -m benchmarks.scale --scale S
    python -m benchmarks.scale --scale M --only limit,polars --history 80

One after the other: the limit, the usual formulation, polars and this project, each with nothing
there; for those that keep a state then one more day. All must come to the same numbers. The rows
of benchmarks/scale.csv and the page dbt_project/docs/cost.md are written anew after every run.
The data lie in $BENCH_DIR, or in the folder for temporary files, and are kept for the next time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.scale import figures, page
from benchmarks.scale.contenders import CONTENDERS, LIMIT, PROJECT, Contender, Limit, Place
from benchmarks.scale.figures import Figure
from benchmarks.scale.measure import Cost, measure
from benchmarks.scale.sizes import FULL_HISTORY, SIZES, Size
from orchestration.base.files import tree_hash
from orchestration.base.settings import PROJECT_ROOT

HERE = Path(__file__).parent
TEXT: dict[str, Any] = {"capture_output": True, "text": True, "check": True}
GENERATOR = ("generate.py", "tables.py", "sizes.py", "scorecards")


def main() -> None:
    given = _arguments()
    root = Path(os.environ.get("BENCH_DIR") or f"{tempfile.gettempdir()}/customer_health_bench")
    place = generated(root, SIZES[given.scale].with_history(given.history))
    wanted = [one for one in CONTENDERS if one.name in given.only]
    if PROJECT in wanted and given.scale != "fixed":
        # what it takes whatever it reads
        tiny = generated(root, SIZES["fixed"].with_history(given.history))
        _run(PROJECT, tiny, given.minutes)
    for contender in wanted:
        if contender.is_there():
            _run(contender, place, given.minutes)
        else:
            print(f"{contender.name}: not installed here (make setup-dev), left out")


def generated(root: Path, size: Size) -> Place:
    """The company of a size: as it lies there, or made anew where it or its generator changed."""
    place = Place(root / size.folder, size)
    made_by = tree_hash(HERE, [HERE / name for name in GENERATOR])
    note = place.folder / "complete"
    if not note.exists() or note.read_text(encoding="utf-8") != made_by:
        print(f"generating {size.folder} in {place.folder}", flush=True)
        command = [sys.executable, "-m", "benchmarks.scale.generate", size.folder]
        _require(measure([*command, str(place.folder)]), "the generator")
        note.write_text(made_by, encoding="utf-8")
    return place


def _run(contender: Contender, place: Place, minutes: float) -> None:
    """All runs of one, each with its row."""
    for run in contender.runs:
        load = os.getloadavg()[0]
        cost = contender.run(run, place, minutes * 60)
        if not cost.is_ended:
            _require(cost, f"{contender.name}, {run}")
        figure = _figure(contender.name, run, place, load, cost)
        if cost.is_ended:
            _add(figure, note=f"ended after {minutes:g} minutes")
            return
        if contender is LIMIT:
            seconds, memory = Limit.engine_part(cost)
            _add(figure | {"differing_rows": None})
            engine = {"contender": "limit, engine only", "cpu_seconds": seconds}
            _add(figure | engine | {"memory_mb": memory, "wall_seconds": None})
        else:
            _add(figure | {"differing_rows": _differing(contender, run, place)})


def _figure(contender: str, run: str, place: Place, load: float, cost: Cost) -> dict:
    return {
        "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": _commit(),
        "cores": os.cpu_count(),
        "load_before": round(load, 1),
        "scale": place.size.name,
        "history_days": place.size.days,
        "accounts": place.size.accounts,
        "events": place.size.events,
        "contender": contender,
        "run": run,
        "cpu_seconds": cost.cpu_seconds,
        "wall_seconds": cost.wall_seconds,
        "memory_mb": cost.memory_mb,
    }


def _commit() -> str:
    """The commit that is measured; `+` where files differ from it, other than these figures."""
    git = ["git", "-C", str(PROJECT_ROOT)]
    named = subprocess.run([*git, "rev-parse", "--short", "HEAD"], **TEXT).stdout.strip()
    own = [f":!{path.relative_to(PROJECT_ROOT)}" for path in (figures.FILE, page.PAGE, page.PLOT)]
    changed = subprocess.run([*git, "status", "--porcelain", "--", ".", *own], **TEXT).stdout
    return named + ("+" if changed else "")


def _add(values: dict, note: str = "") -> None:
    """Complete a row by what was measured before, write it and the page, and say it."""
    known = figures.newest(figures.read())
    scale, days, run = values["scale"], values["history_days"], values["run"]
    seconds = values["cpu_seconds"]
    fixed = known.get(("fixed", days, PROJECT.name, run))
    if values["contender"] == PROJECT.name and scale != "fixed" and fixed:
        values["fixed_cpu_seconds"] = fixed.cpu_seconds
        seconds = values["beyond_fixed_cpu_seconds"] = round(seconds - fixed.cpu_seconds, 2)
    limit = known.get((scale, days, LIMIT.name, run))
    if values["contender"] != LIMIT.name and limit:
        values["ratio_to_limit"] = round(seconds / limit.cpu_seconds, 1)
    for name in ("cpu_seconds", "wall_seconds"):
        if values[name] is not None:
            values[name] = round(values[name], 2)
    figure = Figure(**values, note=note)
    figures.add(figure)
    page.write()
    shown = (f"{name} {value}" for name, value in vars(figure).items() if value not in (None, ""))
    print(", ".join(shown), flush=True)


def _differing(contender: Contender, run: str, place: Place) -> int | None:
    """Rows in which it differs from the limit's, where both have some."""
    theirs, ours = contender.rows(run, place), LIMIT.rows(run, place)
    if not ours.exists():
        return None
    command = [sys.executable, "-m", "benchmarks.scale.agree", str(ours), str(theirs)]
    told = json.loads(_require(measure(command), "the comparison").output)
    for example in told["examples"]:
        print(f"    differs: {example}")
    return told["differing_rows"]


def _require(cost: Cost, what: str) -> Cost:
    if cost.exit_code != 0:
        raise SystemExit(f"{what} ended with exit code {cost.exit_code}\n{cost.errors[-4000:]}")
    return cost


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--scale", choices=SIZES, default="S")
    parser.add_argument(
        "--history",
        type=int,
        default=FULL_HISTORY,
        help="days (default 400); 80 shows what a day costs",
    )
    parser.add_argument(
        "--only",
        type=lambda text: text.split(","),
        default=[one.name for one in CONTENDERS],
        help="some of limit,usual,polars,project",
    )
    parser.add_argument(
        "--minutes", type=float, default=30, help="the most for one run (default 30)"
    )
    given = parser.parse_args()
    unknown = set(given.only) - {one.name for one in CONTENDERS}
    if unknown:
        parser.error(f"nobody is called {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    main()
