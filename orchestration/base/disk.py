"""Whether the disk can hold a refresh, asked before it changes anything.

An estimate from the last build and the last version: a refresh that meets a full disk all the same
leaves what readers see as it is (see `files.explain`). What is kept for how long is told in
dbt_project/docs/publishing.md.
"""

import shutil
from pathlib import Path

from orchestration.base.errors import HealthError
from orchestration.base.files import tree_size
from orchestration.base.settings import CompanyPaths

# A build is a copy of the last one, plus what is new and what DuckDB sets aside while it works.
GROWTH = 1.5
# Before there is a build: its empty tables, and what compressed files may unfold to.
FIRST_BUILD_BYTES = 100_000_000
UNFOLDED = 20


def require_space(paths: CompanyPaths, new_bytes: int, version: Path | None) -> None:
    """HealthError where the free space can't hold a build and a version like the last one.

    `new_bytes` are to be landed; `version` is the folder that readers see, if there is one.
    """
    needs: dict[int, list[tuple[str, Path, float]]] = {}
    for name, folder, bytes_needed in (
        ("STATE_DIR", paths.state, _for_the_state(paths, new_bytes)),
        ("PUBLISHED_DIR", paths.published, GROWTH * tree_size(version) if version else 0.0),
    ):
        needs.setdefault(folder.stat().st_dev, []).append((name, folder, bytes_needed))
    for on_one_disk in needs.values():
        needed = sum(bytes_needed for _, _, bytes_needed in on_one_disk)
        free = shutil.disk_usage(on_one_disk[0][1]).free
        if free < needed:
            names = " and ".join(name for name, _, _ in on_one_disk)
            raise HealthError(
                f"The disk of {names} ({on_one_disk[0][1]}) has {_megabytes(free)} free; this "
                f"refresh needs about {_megabytes(needed)}. Nothing was changed; readers keep the "
                f"last version. Free some space or move {names} to a larger disk, then run again."
            )


def _for_the_state(paths: CompanyPaths, new_bytes: int) -> float:
    if paths.audited_file.exists():
        return GROWTH * tree_size(paths.audited) + 2 * new_bytes
    return FIRST_BUILD_BYTES + UNFOLDED * new_bytes


def _megabytes(count: float) -> str:
    return f"{count / 1e6:,.0f} MB"
