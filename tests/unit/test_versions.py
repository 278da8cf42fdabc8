"""Which version readers see: switching, rolling back, pruning, tidying, and finding damage."""

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from orchestration.base import lock
from orchestration.base.errors import BadInput, Blocked, Busy
from orchestration.base.lock import claim, fence
from orchestration.base.settings import load_settings
from orchestration.publishing import refresh_log, version_check
from orchestration.publishing.publish import write_version
from orchestration.publishing.rollback import roll_back
from orchestration.publishing.versions import current_version, names, prune, switch, tidy
from tests.support.publication import build_file, company_paths, publish, rows

NOW = datetime(2025, 3, 2, tzinfo=UTC)
HIGHEST = "select max(score) from marts.fct_account_health"


@pytest.fixture
def paths(tmp_path):
    return company_paths(tmp_path)


def highest(paths) -> float:
    return rows(paths.current / "customer_health.duckdb", HIGHEST)[0][0]


def back(paths, version=None):
    return roll_back(paths, version, author="ada", reason="scores too low", now=NOW)


def test_a_run_that_is_no_longer_the_newest_may_not_switch(paths):
    publish(paths, "r1")
    publish(paths, "r2")
    claim(paths.token, "r3")
    with pytest.raises(Blocked, match="no longer the newest"):
        switch(paths, "r1")
    assert current_version(paths) == "r2"


def test_a_rollback_shows_the_version_before_and_says_who_and_why(paths):
    publish(paths, "r1", february=30)
    publish(paths, "r2", february=99)
    began = time.monotonic()
    done = back(paths)
    assert time.monotonic() - began < 5
    assert (done.from_version, done.to_version) == ("r2", "r1")
    assert highest(paths) == 30
    entry = refresh_log.entries(paths)[-1]
    assert entry["status"] == "rolled_back" and entry["refresh_id"] == done.rollback_id
    assert entry["author"] == "ada" and entry["reason"] == "scores too low"
    assert entry["from_version"] == "r2" and entry["to_version"] == "r1"
    assert entry["as_of_date"] == "2025-02-28"
    assert names(paths) == ["r1", "r2"]


def test_a_rollback_goes_on_backwards_and_forward_by_name(paths):
    for number in (1, 2, 3):
        publish(paths, f"r{number}")
    assert [back(paths).to_version, back(paths).to_version] == ["r2", "r1"]
    assert back(paths, "r3").to_version == "r3"
    with pytest.raises(BadInput, match="see version r3 already"):
        back(paths, "r3")


def test_nothing_older_or_an_unknown_version_is_refused_with_the_choice(paths):
    with pytest.raises(BadInput, match="Nothing was ever published"):
        back(paths)
    publish(paths, "r1")
    with pytest.raises(BadInput, match=r"older than the current one\. Whole versions.*: r1"):
        back(paths)
    with pytest.raises(BadInput, match=r"no version r7\. Whole versions"):
        back(paths, "r7")
    with pytest.raises(BadInput, match=r"no version \.\./versions/r1"):
        back(paths, "../versions/r1")
    assert current_version(paths) == "r1" and not refresh_log.last_rollback(paths)


def test_a_refresh_that_a_rollback_overtook_can_t_publish(paths):
    publish(paths, "r1")
    publish(paths, "r2")
    claim(paths.token, "r3")
    publication = publish_parts("r3")
    write_version(paths, build_file(paths.build_folder("r3")), publication)
    back(paths)
    with pytest.raises(Blocked, match=r"r3 is no longer the newest \(rollback-20250302"):
        switch(paths, "r3")
    assert current_version(paths) == "r1"


def publish_parts(refresh_id):
    from orchestration.publishing.publish import Publication

    return Publication(refresh_id, "acme", NOW, "0", "f", 0)


def test_a_rollback_passes_over_damaged_versions_and_refuses_them_by_name(paths):
    for number in (1, 2, 3):
        publish(paths, f"r{number}")
    spoil(paths.versions / "r2" / "customer_health.duckdb")
    with pytest.raises(BadInput, match=r"r2 is damaged: customer_health\.duckdb was changed"):
        back(paths, "r2")
    assert back(paths).to_version == "r1"


def test_a_lost_current_version_or_link_is_told_and_can_be_rolled_back_from(paths):
    for number in (1, 2, 3):
        publish(paths, f"r{number}")
    assert version_check.trouble(paths) is None
    shutil.rmtree(paths.versions / "r3")
    assert version_check.trouble(paths) == "version r3: its folder is missing"
    assert back(paths).to_version == "r2"
    paths.current.unlink()
    assert version_check.trouble(paths) == "the link `current` is missing"
    assert back(paths).to_version == "r2"
    assert version_check.trouble(paths) is None


def spoil(path, at=5000):
    """Turn one byte in the middle of a file, its size kept."""
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 0xFF
    path.write_bytes(content)


def test_every_kind_of_damage_is_found_by_the_hashes(paths):
    publish(paths, "r1")
    folder = paths.versions / "r1"
    assert version_check.damage(folder) == []
    log = next((folder / "parquet" / "refresh_log").iterdir())
    spoil(log)
    spoil(folder / "customer_health.duckdb")
    (folder / "customer_health.duckdb.wal").write_bytes(b"planted")
    health = folder / "parquet" / "fct_account_health" / "as_of_month=2025-01" / "part-0.parquet"
    health.unlink()
    assert version_check.damage(folder) == [
        "parquet/fct_account_health/as_of_month=2025-01/part-0.parquet is missing",
        "customer_health.duckdb was changed after it was published",
        "customer_health.duckdb.wal does not belong there",
        "parquet/refresh_log/part-0.parquet was changed after it was published",
    ]
    with (folder / "customer_health.duckdb").open("ab") as file:
        file.write(b"more")
    assert "bytes instead of" in version_check.trouble(paths)
    (folder / "manifest.json").chmod(0o644)
    (folder / "manifest.json").write_text("{")
    assert version_check.trouble(paths) == "version r1: manifest.json can't be read"


def test_a_version_is_written_from_the_newest_whole_one_where_the_current_is_damaged(paths):
    publish(paths, "r1")
    publish(paths, "r2")
    spoil(paths.versions / "r2" / "customer_health.duckdb")
    assert version_check.newest_whole(paths).name == "r1"
    publish(paths, "r3")
    assert version_check.damage(paths.versions / "r3") == []


def test_prune_keeps_the_newest_and_the_one_that_readers_see(paths):
    for number in range(1, 5):
        publish(paths, f"r{number}")
    back(paths, "r1")
    assert prune(paths, keep=2) == ["r2"]
    assert names(paths) == ["r1", "r3", "r4"]
    assert version_check.trouble(paths) is None


def test_tidy_removes_what_dead_refreshes_left_and_nothing_else(paths):
    for number in (1, 2):
        publish(paths, f"r{number}")
    (paths.versions / ".making-r3").mkdir()
    (paths.versions / ".removing-r0").mkdir()
    shutil.copytree(paths.versions / "r2", paths.versions / "r3")  # renamed, never switched to
    shutil.copytree(paths.versions / "r2", paths.versions / "r15")  # so too, and logged
    (paths.published / ".current-r3").symlink_to("versions/r3")
    (paths.published / ".keep").touch()  # not ours
    tidy(paths, {"r1": "published", "r2": "published", "r15": "killed"})
    assert names(paths) == ["r1", "r2"]
    assert sorted(p.name for p in paths.versions.iterdir()) == ["r1", "r2"]
    assert sorted(p.name for p in paths.published.iterdir()) == [".keep", "current", "versions"]


def test_tidy_keeps_what_readers_were_shown_where_the_log_is_lost(paths):
    for number in (1, 2, 3):
        publish(paths, f"r{number}")
    tidy(paths, {})
    assert names(paths) == ["r1", "r2", "r3"]
    paths.current.unlink()
    tidy(paths, {})
    assert names(paths) == ["r1", "r2", "r3"]


def test_tidy_removes_logs_planted_beside_published_and_audited_files(paths):
    publish(paths, "r1")
    paths.audited_file.parent.mkdir()
    planted = [
        paths.versions / "r1" / "customer_health.duckdb.wal",
        paths.audited_file.with_name("warehouse.duckdb.wal"),
    ]
    for path in planted:
        path.write_bytes(b"what a killed writer left")
    tidy(paths, {"r1": "published"})
    assert not any(path.exists() for path in planted)
    assert version_check.damage(paths.versions / "r1") == []


HOLD = """
import sys, time
from pathlib import Path
from orchestration.base.lock import fence
with fence(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_nobody_switches_rolls_back_or_prunes_while_another_does(paths, monkeypatch):
    for number in (1, 2):
        publish(paths, f"r{number}")
    monkeypatch.setattr(lock, "FENCE_SECONDS", 0.05)
    command = [sys.executable, "-c", HOLD, str(paths.token)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "held\n"
            for attempt in (
                lambda: switch(paths, "r2"),
                lambda: back(paths),
                lambda: prune(paths, keep=1),
                lambda: tidy(paths, {}),
                lambda: claim(paths.token, "r9"),
            ):
                with pytest.raises(Busy, match="switching versions"):
                    attempt()
        finally:
            holder.kill()
    with fence(paths.token):  # a dead holder holds nothing
        pass
    assert names(paths) == ["r1", "r2"] and current_version(paths) == "r2"


def test_a_removed_version_is_out_of_sight_before_it_is_half_gone(paths, monkeypatch):
    publish(paths, "r1")
    publish(paths, "r2")

    def dies(*_):
        raise OSError("power cut")

    monkeypatch.setattr("orchestration.publishing.versions.remove_tree", dies)
    with pytest.raises(OSError, match="power cut"):
        prune(paths, keep=1)
    assert names(paths) == ["r2"]
    monkeypatch.undo()
    tidy(paths, {})
    assert sorted(os.listdir(paths.versions)) == ["r2"]  # noqa: PTH208 - hidden ones too


def test_at_least_what_readers_see_and_the_version_before_are_kept():
    kept = [load_settings({"KEEP_VERSIONS": text}).keep_versions for text in ("", "2", "9")]
    assert kept == [5, 2, 9]
    with pytest.raises(BadInput, match="KEEP_VERSIONS: `1` must be a whole number, at least 2"):
        load_settings({"KEEP_VERSIONS": "1"})
