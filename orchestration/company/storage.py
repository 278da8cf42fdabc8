"""What may be read from a company folder, and how its files get into the state."""

import contextlib
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from orchestration.base import files
from orchestration.base.errors import BadInput

CHUNK_BYTES = 1 << 20


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Turn a full disk or a read-only folder into a message that says what to do."""
    try:
        yield
    except OSError as error:
        raise files.explain(error) or error from error


def regular_files(
    folder: Path,
    is_stray: Callable[[str], bool] = lambda name: False,
    passed_over: list[Path] | None = None,
) -> list[Path]:
    """All files below a folder, sorted; hidden ones left out, links and devices refused.

    Those that are stray by their name are left out too, and added to `passed_over`.
    """
    found: list[Path] = []
    for entry in sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name)):
        if passed_over is not None and is_stray(entry.name):
            passed_over.append(entry)
            continue
        if entry.name.startswith("."):
            continue
        refuse_link(entry)
        try:
            entry.name.encode("utf-8")
        except UnicodeEncodeError as error:
            raise BadInput(
                f"{os.fsencode(entry)!r}: the file's name is not UTF-8. Rename it."
            ) from error
        mode = entry.lstat().st_mode
        if stat.S_ISDIR(mode):
            found.extend(regular_files(entry, is_stray, passed_over))
        elif stat.S_ISREG(mode):
            found.append(entry)
        else:
            raise BadInput(f"{entry} is not a regular file. Land plain files, as .csv or .parquet.")
    return found


def refuse_link(path: Path) -> None:
    """A link may lead out of the company folder, so none is followed."""
    if path.is_symlink():
        raise BadInput(
            f"{path} is a link. Links are not followed, for they may lead out of the company "
            "folder: put a copy of the file there."
        )


def sha256_of(path: Path) -> str:
    """The content hash of a landed file."""
    try:
        return files.file_hash(path)
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}. Check its permissions.") from error


def write_atomically(target: Path, content: bytes) -> None:
    """Write a whole file or nothing; a full disk becomes a message."""
    with writing():
        files.write_atomic(target, content)


def copy_verified(source: Path, target: Path, sha256: str) -> None:
    """Copy a file under its content hash; refuse when the content is no longer what was hashed."""
    with writing():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        digest = hashlib.sha256()
        try:
            with source.open("rb") as reader, temporary.open("wb") as writer:
                while chunk := reader.read(CHUNK_BYTES):
                    digest.update(chunk)
                    writer.write(chunk)
                writer.flush()
                os.fsync(writer.fileno())
            if digest.hexdigest() != sha256:
                raise BadInput(
                    f"{source} changed while it was read. Wait until it is written, or write it "
                    "under another folder and move it here; then run again."
                )
            temporary.chmod(0o444)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        files.sync_folder(target.parent)
