"""Content hashes of landed files, and the cache that saves reading what has not changed.

A file whose size, times and inode stand in the cache is not read again. The cache is written with
the archive (a scan changes nothing) and may be deleted at any time.
"""

import json
import time
from pathlib import Path

from orchestration.company import storage
from orchestration.landing.loads import company_state

CACHE_NAME = "scan_cache.json"
# A file may change again within the clock's own grain, so one written just now is not cached.
SETTLED_AFTER_NS = 3 * 10**9


def hash_all(landed: Path, files: list[Path], cache: dict[str, dict]) -> dict[str, dict]:
    """Hash, size and identity of every file, by its path inside the landed folder."""
    hashes = {}
    for file in files:
        path = file.relative_to(landed).as_posix()
        status = file.stat()
        identity = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
        known = cache.get(path)
        if known is not None and known["identity"] == identity:
            sha256 = known["sha256"]
        else:
            sha256 = storage.sha256_of(file)
        hashes[path] = {"sha256": sha256, "size": status.st_size, "identity": identity}
    return hashes


def read_cache(state: Path, company_id: str) -> dict[str, dict]:
    """The cache, or nothing where there is none or it is damaged."""
    try:
        cache = json.loads((company_state(state, company_id) / CACHE_NAME).read_text())
        return cache if isinstance(cache, dict) else {}
    except (OSError, ValueError):
        return {}


def write_cache(state: Path, company_id: str, hashes: dict[str, dict]) -> None:
    """Remember the hashes for the next scan."""
    settled = time.time_ns() - SETTLED_AFTER_NS
    entries = {path: each for path, each in hashes.items() if max(each["identity"][1:3]) < settled}
    target = company_state(state, company_id) / CACHE_NAME
    storage.write_atomically(target, json.dumps(entries).encode())
