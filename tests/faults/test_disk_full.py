"""The disk fills up for real, on a small file system of its own, while a refresh works on it."""

import subprocess
from pathlib import Path

import pytest

from orchestration.publishing import refresh_log, versions
from tests.faults.conftest import copy_of
from tests.faults.kills import Killing


@pytest.fixture
def disk(tmp_path):
    """A file system of 250 MB in memory; skipped by name where this user may not mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=250m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("disk full for real: there is no mount command here")
    if done.returncode:
        pytest.skip(f"disk full for real: this user may not mount ({done.stderr.strip()})")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("stage", ["land", "build", "publish"])
def test_a_disk_that_fills_up_leaves_the_old_version_and_a_clear_message(base, disk, stage):
    world = copy_of(base[0], disk / "world")
    killing = Killing(world, base[1], None, generation=2)
    world.land(2)
    before = versions.current_version(world.paths)
    harm = {"stage": stage, "do": "fill", "folder": str(disk)}
    this = killing.attempt("refresh", harm=harm)
    assert this.exit_code == 1 and "The disk is full" in this.error, this
    assert versions.current_version(world.paths) == before
    assert killing.newly_lost() == []
    assert leftovers(world) == []

    (disk / "filler").unlink()
    again = killing.attempt("refresh")
    assert again.exit_code == 0 and killing.judge(again, before) == []
    statuses = [entry["status"] for entry in refresh_log.entries(world.paths)]
    assert statuses == ["published", "failed", "published"]


def leftovers(world) -> list[Path]:
    """Builds, half-made versions and links that a refresh which ended by itself may not leave."""
    paths = world.paths
    made = [path for shelf in (paths, paths.restricted) for path in shelf.versions.glob(".*")]
    return [*paths.builds.glob("20*"), *made, *paths.published.glob(".*")]


def test_a_disk_without_room_is_told_before_anything_changes(base, disk):
    world = copy_of(base[0], disk / "world")
    killing = Killing(world, base[1], None, generation=2)
    world.land(2)
    before = sorted(path.name for path in (world.paths.state / "loads").iterdir())
    harm = {"stage": "scan", "do": "fill", "folder": str(disk)}
    this = killing.attempt("refresh", harm=harm)
    assert this.exit_code == 1, this
    (disk / "filler").unlink()
    assert sorted(path.name for path in (world.paths.state / "loads").iterdir()) == before
    assert killing.attempt("refresh").exit_code == 0
