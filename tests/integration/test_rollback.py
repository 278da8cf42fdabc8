"""Going back to an earlier version; what a refresh does after that, and with a harmed version."""

import json
import os
import shutil

import duckdb
import pytest

from orchestration.base.errors import Blocked
from orchestration.publishing import publish, refresh_log, versions
from orchestration.publishing.rollback import roll_back
from tests.support.program import health


@pytest.fixture
def two_versions(world):
    """The published world with a second version, which has one score more."""
    world.use("second", ("b", "2025-02", 4))
    world.refresh()
    return world


def scores(world) -> int:
    with duckdb.connect(str(world.database), read_only=True) as connection:
        return connection.execute("select count(*) from marts.fct_account_health").fetchone()[0]


def logged(world) -> list[str]:
    with duckdb.connect(str(world.database), read_only=True) as connection:
        found = connection.execute("select status from marts.refresh_log order by started_at")
        return [status for (status,) in found.fetchall()]


def test_a_rollback_stays_until_there_is_new_input(two_versions):
    world = two_versions
    first, second = versions.names(world.paths)
    done = health(world, "rollback", "--reason", "wrong plan", "--author", "ada", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["from_version"], said["to_version"]) == (second, first)
    assert scores(world) == 3

    lines = []
    outcome = world.refresh(lines=lines)
    assert outcome.status == "nothing_new" and outcome.version == first
    assert "ada rolled back to" in "\n".join(lines) and "wrong plan" in "\n".join(lines)
    assert scores(world) == 3

    world.use("third", ("c", "2025-02", 2))
    assert world.refresh().status == "published"
    assert scores(world) == 5
    assert logged(world) == ["published", "published", "rolled_back", "published"]
    assert refresh_log.last_rollback(world.paths) is None
    assert b"wrong plan" not in world.database.read_bytes()


def test_a_rollback_while_a_refresh_runs_is_not_published_over(two_versions, monkeypatch):
    world = two_versions
    first, _ = versions.names(world.paths)
    write = publish.write_version

    def overtaken(paths, build_file, publication):
        version = write(paths, build_file, publication)
        roll_back(paths, author="ada", reason="wrong plan")
        return version

    monkeypatch.setattr(publish, "write_version", overtaken)
    world.use("third", ("c", "2025-02", 2))
    with pytest.raises(Blocked, match="no longer the newest"):
        world.refresh()
    assert versions.current_version(world.paths) == first
    monkeypatch.undo()
    assert world.refresh().status == "published"  # its input was new, and still is
    assert scores(world) == 5


@pytest.mark.parametrize("harm", ["database", "manifest", "folder", "link"])
def test_a_harmed_current_version_is_told_and_replaced_by_the_next_refresh(two_versions, harm):
    world = two_versions
    first, second = versions.names(world.paths)
    folder = world.paths.versions / second
    if harm == "database":
        os.truncate(writable_database(folder), 20_000)
    elif harm == "manifest":
        (folder / "manifest.json").unlink()
    elif harm == "folder":
        shutil.rmtree(folder)
    else:
        world.paths.current.unlink()
    listed = health(world, "versions")
    assert listed.returncode == 1 and "What readers see is damaged" in listed.stdout
    lines = []
    outcome = world.refresh(lines=lines)
    assert outcome.status == "published" and scores(world) == 4
    assert "`health rollback`" in "\n".join(lines)
    checked = health(world, "versions", "--json", "--check")
    facts = {each["version"]: each for each in json.loads(checked.stdout)["versions"]}
    assert facts[outcome.version]["is_current"] and facts[outcome.version]["damage"] == []
    assert facts[first]["damage"] == []


def writable_database(folder):
    path = folder / "customer_health.duckdb"
    path.chmod(0o644)
    return path


def test_versions_are_listed_and_checked(two_versions):
    world = two_versions
    first, second = versions.names(world.paths)
    done = health(world, "versions", "--check")
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert lines[1].startswith(second) and "readers see this, whole" in lines[1]
    assert lines[2].startswith(first) and "starter v1" in lines[2]
    path = writable_database(world.paths.versions / second)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    done = health(world, "versions", "--check")
    assert done.returncode == 1
    assert "was changed after it was published" in done.stdout and "rollback" in done.stdout


def test_a_rollback_needs_a_reason_and_a_version_to_go_to(world):
    refused = health(world, "rollback")
    assert refused.returncode == 2 and "--reason" in refused.stderr
    refused = health(world, "rollback", "--reason", "x")
    assert refused.returncode == 2 and "No whole version is older" in refused.stderr
    assert "Traceback" not in refused.stderr
