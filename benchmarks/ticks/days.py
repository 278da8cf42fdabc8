"""A sample company whose last loads come day by day, made by the samples' own generator.

One dated folder per day: what happened on it, and the state tables that changed.
"""

import shutil
import sys
from datetime import date, timedelta
from pathlib import Path

from orchestration.base.settings import PROJECT_ROOT

SAMPLES = PROJECT_ROOT / "seeds" / "companies"
BEFORE = 5  # loads that lie there from the start, as in the sample


def by_day(company: Path, waiting: Path, count: int) -> list[Path]:
    """Write the office sample's folder, and `count` folders of one day each that wait to land."""
    sys.path.insert(0, str(SAMPLES))
    from generator import history, office
    from generator.tables import write_company

    first = history.LOAD_DAYS[BEFORE - 1]
    days = [first + timedelta(days=n) for n in range(1, (history.LOAD_DAYS[-1] - first).days + 1)]
    history.LOADS[BEFORE:] = [f"{day}T0400" for day in days]
    history.LOAD_DAYS[:] = [date.fromisoformat(load[:10]) for load in history.LOADS]
    ignored = shutil.ignore_patterns("landed")
    shutil.copytree(SAMPLES / "office_software", company, ignore=ignored)
    write_company(office.build(), waiting, parquet=set(), split=set(), styles={})
    folders = sorted(waiting.iterdir())
    for folder in folders[:BEFORE]:
        shutil.move(folder, company / "landed" / folder.name)
    return folders[BEFORE : BEFORE + count]
