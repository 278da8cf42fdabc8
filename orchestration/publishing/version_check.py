"""Whether a published version is whole: quickly by what must be there, fully by its hashes."""

import json
from pathlib import Path
from typing import Any

from orchestration.base.files import file_hash
from orchestration.base.settings import CompanyPaths
from orchestration.publishing.versions import DATABASE, MANIFEST, names, pointed_at


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a version says of itself; empty where that can't be read."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def trouble(paths: CompanyPaths) -> str | None:
    """What is plainly wrong with what readers see, found in milliseconds.

    None where nothing is, and where nothing was ever published.
    """
    name = pointed_at(paths)
    if name is None:
        return "the link `current` is missing" if names(paths) else None
    found = _plain_damage(paths.versions / name)
    return f"version {name}: {found}" if found else None


def damage(folder: Path) -> list[str]:
    """Everything that differs from what was published, by file. Reads and hashes all of it."""
    plain = _plain_damage(folder)
    if plain:
        return [plain]
    manifest = read_manifest(folder)
    expected = {DATABASE: manifest["database_sha256"]}
    expected |= {f"parquet/{name}": content for name, content in manifest["parquet"].items()}
    expected |= manifest.get("pages", {})
    found = [f"{name} is missing" for name in expected if not (folder / name).is_file()]
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == MANIFEST:
            continue
        if name not in expected:
            found.append(f"{name} does not belong there")
        elif file_hash(path) != expected[name]:
            found.append(f"{name} was changed after it was published")
    return found


def newest_whole(paths: CompanyPaths) -> Path | None:
    """The folder of the newest version whose database is as it was published, current or not."""
    for name in reversed(names(paths)):
        folder = paths.versions / name
        expected = read_manifest(folder).get("database_sha256")
        if not _plain_damage(folder) and file_hash(folder / DATABASE) == expected:
            return folder
    return None


def _plain_damage(folder: Path) -> str | None:
    if not folder.is_dir():
        return "its folder is missing"
    if not (folder / DATABASE).is_file():
        return f"{DATABASE} is missing"
    manifest = read_manifest(folder)
    if not {"refresh_id", "database_sha256", "parquet"} <= manifest.keys():
        return f"{MANIFEST} can't be read"
    size, expected = (folder / DATABASE).stat().st_size, manifest.get("database_bytes")
    if expected not in (None, size):
        return f"{DATABASE} has {size:,} bytes instead of {expected:,}"
    return None
