"""Archiving: whole or not at all, the same after a kill, never before validation."""

import contextlib
import errno
import json
import os
import stat
from pathlib import Path

import pytest

from orchestration.base import files
from orchestration.base.errors import BadInput, HealthError
from orchestration.company import storage
from orchestration.landing import archive as archiving
from orchestration.landing import loads
from orchestration.landing.archive import archive
from orchestration.landing.loads import scratch_folder
from tests.support.landing import ACCOUNTS, CompanyFolder, events


class Killed(BaseException):
    """Stands for a SIGKILL: nothing catches it."""


def two_dated_loads(root: Path) -> CompanyFolder:
    root.mkdir()
    folder = CompanyFolder(root)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.land("2025-10-01/usage_events.csv", events(1, 3))
    folder.land("2025-10-02/accounts.csv", ACCOUNTS + "005,Edge,2024-05-01\n")
    return folder


def kept(folder: CompanyFolder) -> dict[str, bytes]:
    """What the archive holds, without the scan's cache (which holds times) and leftovers."""
    return {
        path: content
        for path, content in folder.state_content().items()
        if "/loads/0" in path or ("/files/" in path and "/." not in path)
    }


def test_nothing_is_archived_before_validation(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    with pytest.raises(RuntimeError, match="validate"):
        archive(folder.scan())
    assert folder.state_content() == {}


def test_a_manifest_says_what_was_landed(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.load()
    folder.land("usage_events.csv", events(1, 3))
    folder.load()
    manifest = json.loads((folder.state / "acme/loads/0002.json").read_text())
    assert manifest["number"] == 2
    assert manifest["loaded_at"] == "2025-11-03T04:00:00+00:00"
    assert manifest["row_counts"] == {"usage_events": 3}
    accounts, usage = manifest["files"]
    assert (accounts["path"], accounts["is_changed"], accounts["row_count"]) == (
        "accounts.csv",
        False,
        4,
    )
    assert (usage["table"], usage["is_changed"], usage["row_count"]) == ("usage_events", True, 3)
    content = (folder.state / "acme/files" / usage["sha256"]).read_text()
    assert content == events(1, 3)
    assert usage["size"] == len(content)


def test_equal_content_is_kept_once(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.land("2025-10-02/accounts.csv", ACCOUNTS)
    folder.load()
    assert len(list((folder.state / "acme/files").iterdir())) == 1
    assert len(loads.read_loads(folder.state, "acme")) == 2


@pytest.mark.parametrize("step", ["copy_verified", "write_load", "write_cache"])
@pytest.mark.parametrize("survived", [0, 1, 2])
def test_killed_anywhere_and_run_again_is_the_same_archive(tmp_path, monkeypatch, step, survived):
    clean = two_dated_loads(tmp_path / "clean")
    clean.load()
    folder = two_dated_loads(tmp_path / "killed")
    steps_of_a_clean_run = {"copy_verified": 3, "write_load": 2, "write_cache": 1}
    home = storage if step == "copy_verified" else archiving
    original, calls = getattr(home, step), []

    def die_later(*arguments):
        calls.append(1)
        if len(calls) > survived:
            raise Killed
        return original(*arguments)

    monkeypatch.setattr(home, step, die_later)
    with contextlib.suppress(Killed):
        folder.load()
    assert len(calls) > survived or survived > steps_of_a_clean_run[step] - 1
    monkeypatch.setattr(home, step, original)
    folder.load()
    assert kept(folder) == kept(clean)
    assert not folder.scan().has_changes
    clean.build()
    folder.build()
    assert folder.query("from raw.accounts") == clean.query("from raw.accounts")


def test_killed_while_copying_leaves_no_half_file_under_its_hash(tmp_path, monkeypatch):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    found = folder.check()

    def die(*_):
        raise Killed

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(Killed):
        archive(found)
    assert kept(folder) == {}


def test_a_half_copied_file_of_the_past_is_copied_again(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    found = folder.check()
    sha256 = found.new_loads[0].files[0].sha256
    target = loads.content_path(folder.state, "acme", sha256)
    target.parent.mkdir(parents=True)
    target.write_text("half")
    target.with_name(f".{sha256}.1").write_text("half")
    archive(found)
    assert [path.read_text() for path in target.parent.iterdir()] == [ACCOUNTS]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    found = folder.check()
    folder.land("accounts.csv", ACCOUNTS.replace("Anvil", "Amber"))
    with pytest.raises(BadInput, match="changed while it was read"):
        archive(found)
    assert kept(folder) == {}


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "[Ww]riting was refused")],
)
@pytest.mark.parametrize("step", ["copy", "manifest"])
def test_a_full_disk_is_told_and_leaves_no_load(tmp_path, monkeypatch, number, expected, step):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    found = folder.check()

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    if step == "copy":
        monkeypatch.setattr(os, "fsync", refuse)
    else:
        monkeypatch.setattr(files, "write_atomic", refuse)
    with pytest.raises(HealthError, match=expected) as told:
        archive(found)
    assert told.value.exit_code == 1
    assert loads.read_loads(folder.state, "acme") == []


def test_a_full_disk_under_the_build_file_is_told(tmp_path, monkeypatch):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.load()

    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(HealthError, match="disk is full"):
        folder.build()


def test_a_build_file_that_is_no_database_is_told(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("accounts.csv", ACCOUNTS)
    folder.load()
    folder.build_file.parent.mkdir()
    folder.build_file.write_text("not a database" * 1000)
    with pytest.raises(HealthError, match="can't be written"):
        folder.build()


def test_damage_in_the_archive_is_told(tmp_path):
    folder = CompanyFolder(tmp_path)
    folder.land("2025-10-01/accounts.csv", ACCOUNTS)
    folder.land("2025-10-02/accounts.csv", ACCOUNTS + "005,Edge,2024-05-01\n")
    folder.load()
    content = next((folder.state / "acme/files").iterdir())
    content.rename(tmp_path / "aside")
    with pytest.raises(HealthError, match="is missing: the content of"):
        folder.build()
    (folder.state / "acme/loads/0001.json").write_text("{")
    with pytest.raises(HealthError, match="is damaged"):
        folder.scan()
    (folder.state / "acme/loads/0001.json").unlink()
    with pytest.raises(HealthError, match="not numbered without a gap"):
        folder.scan()


def test_copies_of_landed_files_lie_where_the_next_refresh_clears_them(tmp_path):
    with scratch_folder(tmp_path / "state", "acme") as scratch:
        assert scratch.parent == (tmp_path / "state" / "acme" / "builds").resolve()
        assert stat.S_IMODE(scratch.stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "state" / "acme").stat().st_mode) == 0o700
    assert not scratch.exists()
    with scratch_folder(tmp_path / "st[a]te", "acme") as elsewhere:  # a pattern to DuckDB
        assert not elsewhere.is_relative_to(tmp_path)
