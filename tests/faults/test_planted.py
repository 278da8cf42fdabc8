"""Damaged files and stale write-ahead logs in every place where a refresh or a reader looks."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing import versions
from orchestration.publishing.publish import audit
from tests.support.publication import build_file, company_paths, publish, rows

# A writer that is killed after a commit leaves its log: six rows where five should be.
KILLED_WRITER = """
import duckdb, os, signal, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("insert into marts.dim_accounts select * from marts.dim_accounts limit 1")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def stale_log(world, tmp_path) -> Path:
    """The log that a writer of a copy of what is published left behind."""
    database = tmp_path / "copy.duckdb"
    shutil.copyfile(world.paths.current / "customer_health.duckdb", database)
    subprocess.run([sys.executable, "-c", KILLED_WRITER, str(database)], check=False)
    log = database.with_name("copy.duckdb.wal")
    assert log.stat().st_size > 0
    with duckdb.connect(str(database), read_only=True) as connection:  # it would be replayed
        assert connection.execute("select count(*) from marts.dim_accounts").fetchone() == (4,)
    return shutil.copy(log, tmp_path / "stale.wal")


def accounts(world) -> int:
    with duckdb.connect(
        str(world.paths.current / "customer_health.duckdb"), read_only=True
    ) as connection:
        return connection.execute("select count(*) from marts.dim_accounts").fetchone()[0]


@pytest.mark.parametrize("place", ["published", "audited"])
def test_a_stale_log_beside_a_file_is_cleared_and_never_gets_into_the_marts(
    world, killing, stale_log, place
):
    paths = world.paths
    database = {
        "published": paths.current.resolve() / "customer_health.duckdb",
        "audited": paths.audited_file,
    }[place]
    planted = Path(shutil.copy(stale_log, f"{database}.wal"))
    world.land(2)
    before = versions.current_version(paths)
    this = killing.attempt("refresh")
    assert this.exit_code == 0 and killing.judge(this, before) == []
    assert not planted.exists() and accounts(world) == 3


def test_a_stale_log_in_the_folder_of_a_dead_build_is_cleared(world, killing, stale_log):
    dead = world.paths.build_file("20200101T000000Z-dead00")
    dead.parent.mkdir(parents=True)
    shutil.copy(stale_log, f"{dead}.wal")
    world.land(2)
    this = killing.attempt("refresh")
    assert this.exit_code == 0 and accounts(world) == 3
    assert not dead.parent.exists()


@pytest.mark.parametrize(("offset", "count"), [(0, 4096), (300_000, 200_000), (None, 0)])
def test_a_damaged_audited_build_is_built_again_from_the_archived_loads(
    world, killing, offset, count
):
    """Its header or its middle overwritten, or the file cut to half."""
    path = world.paths.audited_file
    path.chmod(0o644)
    size = path.stat().st_size
    with path.open("r+b") as file:
        if offset is None:
            file.truncate(size // 2)
        else:
            file.seek(offset % size)
            file.write(b"\xa5" * count)
    world.land(2)
    before = versions.current_version(world.paths)
    this = killing.attempt("refresh")
    if this.exit_code != 0:  # found in the middle of the build: told, and put right by the next
        assert "last audited build is damaged" in this.error, this
        assert versions.current_version(world.paths) == before
        this = killing.attempt("refresh")
    assert this.exit_code == 0 and killing.judge(this, before) == []
    assert accounts(world) == 3


def test_a_published_file_opens_without_a_log_and_an_unclean_build_is_refused(tmp_path):
    paths = company_paths(tmp_path)
    publish(paths, "r1")
    assert rows(paths.current / "customer_health.duckdb")
    build = build_file(paths.build_folder("r2"))
    log = build.with_name("warehouse.duckdb.wal")
    log.mkdir()  # one that closing the file does not remove
    with pytest.raises(Exception, match="wal"):
        audit(build)
