"""Generate histories, refresh them in every way, and add up what was found (`make histories`).

    python -m tests.properties --histories 10000

Batches are numbered by their seed and go on where the last run of the same code ended: the figures
in benchmarks/histories.csv grow by batch, so that a run may be stopped at any time.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from orchestration.base.settings import silence_telemetry
from tests.properties.batch import make_batch
from tests.properties.figures import count_so_far
from tests.properties.proof import Verdict, Workshop, prove


def main() -> None:
    arguments = _arguments()
    silence_telemetry()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        workshop = Workshop(Path(folder), say=print if arguments.verbose else lambda line: None)
        if arguments.seed is not None:
            _run(workshop, arguments.seed, arguments.size)
            return
        figures = count_so_far()
        while figures.histories < arguments.histories:
            figures = figures.with_batch(*_run(workshop, figures.next_seed, arguments.size))
            figures.write()


def _run(workshop: Workshop, seed: int, size: int) -> tuple[Verdict, int, int, float]:
    began = time.monotonic()
    batch = make_batch(seed, size)
    verdict = prove(workshop, batch)
    seconds = time.monotonic() - began
    print(
        f"seed {seed}: {size} histories, {len(batch.plan.load_days)} loads, "
        f"{verdict.refreshes} refreshes, {verdict.carried} of which carried dates on, "
        f"{verdict.not_measured} rows scored by what was measured before, "
        f"{verdict.not_scored} not scored anew, "
        f"{len(verdict.histories)} histories differ, {seconds:.0f} s",
        flush=True,
    )
    for difference in verdict.differences:
        print(f"    {difference}", flush=True)
    if verdict.differences:
        _keep(seed, size, verdict)
    return verdict, size, len(batch.plan.load_days), seconds


def _keep(seed: int, size: int, verdict: Verdict) -> None:
    """What failed, for whoever looks into it: `python -m tests.properties.shrink <seed> <size>`."""
    path = Path(tempfile.gettempdir()) / f"histories_{seed}_{size}.json"
    found = [str(difference) for difference in verdict.differences]
    path.write_text(json.dumps({"histories": sorted(verdict.histories), "found": found}, indent=1))
    print(f"    written to {path}; shrink it: python -m tests.properties.shrink {seed} {size}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--histories", type=int, default=1000, help="until so many (default 1000)")
    parser.add_argument("--size", type=int, default=250, help="histories in a batch (default 250)")
    parser.add_argument("--seed", type=int, help="this batch alone; nothing is counted")
    parser.add_argument("--folder", help="where to work; default: the folder for temporary files")
    parser.add_argument("--verbose", action="store_true", help="a line for each refresh")
    return parser.parse_args()


if __name__ == "__main__":
    main()
