"""Measure full refreshes of company folders and append the figures to benchmarks/figures.csv.

    python -m benchmarks seeds/companies/office_software path/to/another/company

Each refresh runs in a process of its own with empty state, as a user's first one does. `seconds` is
the sum of the refresh's own stages (beyond process start and imports), `wall_seconds` everything,
`memory_mb` the largest resident set. A row belongs to the commit that it names.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from orchestration.base.settings import PROJECT_ROOT, process_environment

FIGURES = PROJECT_ROOT / "benchmarks" / "figures.csv"
COLUMNS = (
    "measured_on",
    "commit",
    "cores",
    "load_before",
    "company",
    "rows_published",
    "seconds",
    "wall_seconds",
    "memory_mb",
    "stages",
)


def commit() -> str:
    """The commit that is measured; `+` where files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return described.stdout.strip()


def measure(company: Path) -> dict[str, object]:
    """One full refresh of the company in a child process with empty state."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        environment = process_environment(
            {"STATE_DIR": f"{folder}/state", "PUBLISHED_DIR": f"{folder}/published"}
        )
        command = [sys.executable, "-m", "orchestration.cli", "refresh", "--company", str(company)]
        began = time.monotonic()
        done = subprocess.run(
            [*command, "--json"],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        wall = time.monotonic() - began
    if done.returncode != 0:
        raise SystemExit(f"{company}: the refresh ended with exit code {done.returncode}")
    facts = json.loads(done.stdout)
    # the largest child so far: measure the largest company last, or one at a time
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "measured_on": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": commit(),
        "cores": os.cpu_count(),
        "load_before": round(load, 1),
        "company": facts["company_id"],
        "rows_published": facts["rows_published"],
        "seconds": round(sum(facts["seconds"].values()), 1),
        "wall_seconds": round(wall, 1),
        "memory_mb": round(memory),
        "stages": " ".join(f"{name}={value:.1f}" for name, value in facts["seconds"].items()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("companies", nargs="+", type=Path, help="company folders")
    for company in parser.parse_args().companies:
        row = measure(company)
        is_new = not FIGURES.exists()
        with FIGURES.open("a", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            if is_new:
                writer.writeheader()
            writer.writerow(row)
        print(", ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
