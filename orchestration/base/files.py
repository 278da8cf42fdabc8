"""Small promises about files: written whole or not at all, and still there after a power cut."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from orchestration.base.errors import HealthError

SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
FULL = ("No space left on device", "disk is full", "Disk quota exceeded", "File too large")
COPIED_AT_ONCE = 1 << 30  # bytes that the kernel copies in one call
FICLONE = 0x40049409  # Linux: share the blocks of a file instead of copying them
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


def sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_folder = sync_file  # a folder is synced like a file: its entries become durable


def sync_tree(folder: Path) -> None:
    """Every file and folder below, then the folder itself."""
    for root, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync_file(Path(root) / name)
        sync_folder(Path(root))


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, durably."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def make_private_folder(folder: Path) -> None:
    """The same; where it was missing, for its owner alone, whatever the process's mask says."""
    if not folder.is_dir():
        make_folder(folder)
        folder.chmod(0o700)


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file whole: a reader sees the old content or the new."""
    make_folder(path.parent)
    making = path.with_name(f".{path.name}.making")
    with making.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
    sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    write_atomic(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """A JSON file of our own; HealthError where it is damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise HealthError(f"{path} is damaged ({error}). Restore it from a backup.") from error


def append_line(path: Path, value: dict[str, Any]) -> None:
    """Add one JSON line durably. A line that a crash cut short is closed first."""
    append_lines(path, [value])


def append_lines(path: Path, values: Iterable[dict[str, Any]]) -> None:
    """Add several, with one write."""
    make_folder(path.parent)
    texts = [json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n" for value in values]
    line = "".join(texts).encode()
    with path.open("ab+") as file:
        is_new = file.tell() == 0
        if not is_new:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """All whole JSON lines; one that a crash cut short is passed over."""
    if not path.exists():
        return []
    values = []
    for line in path.read_bytes().splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            values.append(value)
    return values


def copy_file(source: Path, target: Path) -> None:
    """Copy the content: sharing the blocks where the file system can, else within the kernel."""
    with source.open("rb") as old, target.open("wb") as new:
        try:
            fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
            return
        except OSError:
            pass
        try:
            while os.copy_file_range(old.fileno(), new.fileno(), COPIED_AT_ONCE):
                pass
        except OSError:  # not between these file systems; both stand where it got to
            shutil.copyfileobj(old, new, 16 * 1024 * 1024)


def file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tree_hash(root: Path, folders: Iterable[Path]) -> str:
    """One hash of the names and the content of all files in the folders (or files) given."""
    digest = hashlib.sha256()
    for folder in sorted(folders):
        paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in paths:
            if path.is_dir() or "__pycache__" in path.parts or not path.exists():
                continue
            name = path.relative_to(root) if path.is_relative_to(root) else path.name
            digest.update(f"{name}\0{file_hash(path)}\0".encode())
    return digest.hexdigest()


def tree_size(folder: Path) -> int:
    """Bytes of all files below; a file that has several names there counts once."""
    found = (path.lstat() for path in folder.rglob("*") if path.is_file())
    return sum({status.st_ino: status.st_size for status in found}.values())


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours, read-only files included; nothing happens where there is none."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def replace_folder(folder: Path, files: Iterable[Path]) -> None:
    """Make a folder of these files, durably, and put it in the place of the one that is there.

    Whatever ends this on its way leaves the one or the other whole: `finish_replacing` sees to it.
    """
    making, before = _beside(folder)
    remove_tree(making)
    make_folder(making)
    for file in files:
        file.replace(making / file.name)
    sync_folder(making)
    finish_replacing(folder, keeping=making)
    if folder.exists():
        folder.rename(before)
    making.rename(folder)
    sync_folder(folder.parent)
    remove_tree(before)


def finish_replacing(folder: Path, keeping: Path | None = None) -> None:
    """Clear what a `replace_folder` that was cut short left: the old folder is back, or the new."""
    making, before = _beside(folder)
    if before.exists() and not folder.exists():
        before.rename(folder)
    for left in {making, before} - {keeping}:
        remove_tree(left)


def _beside(folder: Path) -> tuple[Path, Path]:
    return folder.with_name(f".{folder.name}-making"), folder.with_name(f".{folder.name}-before")


def explain(error: BaseException) -> HealthError | None:
    """What the system refused, in words; None where the error is none of its refusals.

    dbt, DuckDB and SQLite wrap the same refusals in errors of their own, so the text counts too.
    """
    seen: BaseException | None = error
    while seen is not None:
        text = str(seen)
        number = seen.errno if isinstance(seen, OSError) else None
        where = f" ({seen.filename})" if isinstance(seen, OSError) and seen.filename else ""
        if number in SPACE or any(words in text for words in FULL):
            return HealthError(
                f"The disk is full{where}. Nothing was published; readers keep the last version. "
                "Free some space, or move STATE_DIR and PUBLISHED_DIR, and run the refresh again."
            )
        if number in REFUSED or "Read-only file system" in text or "Permission denied" in text:
            return HealthError(
                f"Writing was refused{where}: {text}. Nothing was published; readers keep the last "
                "version. Make STATE_DIR and PUBLISHED_DIR writable for this user, or name others."
            )
        if isinstance(seen, OSError):
            return HealthError(
                f"The system refused a file operation{where}: {text}. Nothing was published; "
                "readers keep the last version. Check STATE_DIR, PUBLISHED_DIR and the folder."
            )
        seen = seen.__cause__
    return None
