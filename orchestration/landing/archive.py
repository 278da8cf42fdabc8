"""Copy new loads into the state: content by hash first, then the numbered manifest.

A load exists from the moment its manifest does. Killed before that, the next run does the same
again; content that already lies there is not copied twice.
"""

from orchestration.company import storage
from orchestration.landing.hashing import write_cache
from orchestration.landing.loads import Load, content_path, files_folder, write_load
from orchestration.landing.scan import Scan


def archive(scan: Scan) -> None:
    """Archive all new loads of a scan that has passed validation."""
    for load in scan.new_loads:
        if load.row_counts is None:
            raise RuntimeError("validate() must pass before archive(): rows are not counted yet")
    _clear_leftovers(scan)
    for load in scan.new_loads:
        _copy_content(scan, load)
        write_load(scan.state, scan.company.id, load)
    if scan.new_loads:
        write_cache(scan.state, scan.company.id, scan.hashes)
        if scan.known is not None:
            scan.known.write()
    scan.archived = scan.loads
    scan.new_loads = []


def _clear_leftovers(scan: Scan) -> None:
    """Half copies of a run that was killed; only one refresh runs at a time."""
    for leftover in files_folder(scan.state, scan.company.id).glob(".*"):
        with storage.writing():
            leftover.unlink()


def _copy_content(scan: Scan, load: Load) -> None:
    for file in load.files:
        target = content_path(scan.state, scan.company.id, file.sha256)
        if not (target.is_file() and target.stat().st_size == file.size):
            storage.copy_verified(scan.source(load, file), target, file.sha256)
