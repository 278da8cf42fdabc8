"""A refresh that the disk can't hold is refused before it changes anything."""

from collections import namedtuple

import pytest

from orchestration.base import disk
from orchestration.base.disk import require_space
from orchestration.base.errors import HealthError
from orchestration.publishing.versions import current_version
from tests.support.publication import company_paths, publish

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def paths(tmp_path):
    """A published version, and an audited build of 4 MB."""
    made = company_paths(tmp_path)
    publish(made, "r1")
    made.audited_file.parent.mkdir()
    made.audited_file.write_bytes(bytes(4_000_000))
    return made


def current(paths):
    name = current_version(paths)
    return paths.versions / name if name else None


def free(monkeypatch, count):
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: Usage(0, 0, count))


def test_room_for_a_copy_of_the_build_the_new_files_and_a_version_is_enough(paths, monkeypatch):
    version = sum(p.stat().st_size for p in (paths.versions / "r1").rglob("*") if p.is_file())
    needed = 6_000_000 + 2 * 1_000_000 + 1.5 * version
    free(monkeypatch, int(needed) + 1)
    require_space(paths, new_bytes=1_000_000, version=current(paths))
    free(monkeypatch, int(needed) - 1)
    with pytest.raises(HealthError, match=r"needs about \d+ MB.*readers keep the last") as error:
        require_space(paths, new_bytes=1_000_000, version=current(paths))
    assert "STATE_DIR and PUBLISHED_DIR" in str(error.value) and error.value.exit_code == 1


def test_a_first_refresh_needs_room_for_an_empty_build_and_for_what_unfolds(paths, monkeypatch):
    paths.audited_file.unlink()
    paths.current.unlink()
    free(monkeypatch, 119_000_000)
    require_space(paths, new_bytes=900_000, version=current(paths))
    with pytest.raises(HealthError, match="120 MB"):
        require_space(paths, new_bytes=1_000_000, version=current(paths))
