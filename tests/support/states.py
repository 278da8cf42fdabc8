"""A company's state begun anew where it stands."""

import shutil
from pathlib import Path

PARSED = "target"  # dbt's; it parses a project anew wherever else the state stands


def begin_anew(state: Path) -> None:
    """Empties the folder, as before the company's first refresh; but what dbt parsed stays good."""
    for entry in state.iterdir() if state.exists() else ():
        if entry.name != PARSED:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
