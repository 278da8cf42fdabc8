"""Files are copied whole, whatever the file system can do for it."""

import errno
import os

import pytest

from orchestration.base import files

CONTENT = bytes(range(256)) * 4096  # a megabyte


@pytest.mark.parametrize("copied_before", [None, 0, 300_000])
def test_a_file_is_copied_whole_by_every_way(tmp_path, monkeypatch, copied_before):
    (tmp_path / "old").write_bytes(CONTENT)
    in_kernel = os.copy_file_range

    def ends_early(source: int, target: int, count: int) -> int:
        if os.lseek(source, 0, os.SEEK_CUR) >= copied_before:
            raise OSError(errno.EXDEV, "not between these file systems")
        return in_kernel(source, target, copied_before)

    def no_clone(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "not on this file system")

    monkeypatch.setattr(files.fcntl, "ioctl", no_clone)
    if copied_before is not None:
        monkeypatch.setattr(files.os, "copy_file_range", ends_early)
    files.copy_file(tmp_path / "old", tmp_path / "new")
    assert (tmp_path / "new").read_bytes() == CONTENT
