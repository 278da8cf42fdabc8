"""The harness can fail: what it must never see is planted, and it sees it. Its figures add up."""

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing import versions
from tests.faults import figures, ledger
from tests.faults.client import Readers
from tests.faults.readers import KINDS, Judge, Mixed, Seen


def mix(world) -> Path:
    """What readers see says another generation in one mart, in the database and as Parquet."""
    folder = world.paths.current.resolve()
    database = folder / "customer_health.duckdb"
    mixed = shutil.copy(database, folder / ".mixed.duckdb")  # readers hold the other open
    Path(mixed).chmod(0o644)
    (part,) = (folder / "parquet" / "dim_accounts").iterdir()
    with duckdb.connect(str(mixed)) as connection:
        connection.execute("update marts.dim_accounts set points = 70")
        connection.execute(f"copy marts.dim_accounts to '{part}.mixed' (format parquet)")
    Path(mixed).replace(database)
    Path(f"{part}.mixed").replace(part)
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_reader_sees_marts_of_two_generations(world, kind):
    Judge().check(KINDS[kind](world.shape, world.paths.current))
    mix(world)
    with pytest.raises(Mixed, match=r"generations \['1', '7'\]"):
        Judge().check(KINDS[kind](world.shape, world.paths.current))


def test_a_reader_remembers_what_a_refresh_id_came_with():
    judge = Judge()
    judge.check(Seen("r1", frozenset({1})))
    judge.check(Seen("r2", frozenset({2})))
    for wrong in (Seen("r1", frozenset({2})), Seen(None, frozenset({1})), Seen("r3", frozenset())):
        with pytest.raises(Mixed):
            judge.check(wrong)


def test_readers_count_wrong_reads_and_errors(world, tmp_path):
    readers = Readers(world, "mini", tmp_path / "readers")
    try:
        readers.wait_until_all_read()
        folder = mix(world)
        readers.wait_until_all_read(2)
        shutil.rmtree(folder)
        readers.wait_until_all_read(2)
        reads, wrong, errors = readers.since_last()
    finally:
        readers.close()
    assert reads >= 15 and wrong >= 3 and errors >= 3
    assert "Mixed" in readers.problems() and "query: " in readers.problems()


def test_after_an_attempt_every_wrong_state_is_named(world, killing):
    current = versions.current_version(world.paths)
    this = killing.attempt("publish")
    assert this.exit_code == 0 and killing.judge(this, current) == []
    now = versions.current_version(world.paths)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(this, "exit_code", 1)
        assert "publish ended with 1" in killing.judge(this, current)[0]
        patch.setattr(this, "exit_code", 0)
        patch.setattr(this, "refresh_id", "another")
        assert f"readers see {now}, neither {current} nor another" in killing.judge(this, current)
    killing.shown[now] = 9
    this.generation = 9
    assert f"{now} has generation 2 instead of 9" in killing.judge(this, current)

    assert killing.newly_lost() == []
    shutil.rmtree(world.paths.versions / current)
    assert killing.newly_lost() == [current] and killing.newly_lost() == []
    os.truncate(world.paths.current / "customer_health.duckdb", 30_000)
    assert "bytes instead of" in killing.judge(this, now)[0]
    assert killing.newly_lost() == [now]


def test_a_ledger_that_lost_doubled_or_invented_a_row_is_named(world, killing):
    before = versions.current_version(world.paths)
    first = killing.attempt("refresh")
    assert first.exit_code == 0 and killing.judge(first, before) == []
    mart, shown = "marts.fct_published_scores", world.paths.current / "customer_health.duckdb"
    shown.chmod(0o644)

    def wrong_after(*changes: str) -> list[str]:
        with duckdb.connect(str(shown.resolve())) as connection:
            for sql in changes:
                connection.execute(sql)
        return ledger.trouble(world.paths.current, killing.published, killing.shown)

    assert wrong_after() == []
    wrong = wrong_after(
        f"delete from {mart} where refresh_id = '{before}' and account_id <> 'a'",
        f"update {mart} set refresh_id = 'never shown' where refresh_id = '{before}'",
    )
    assert any("the ledger lost" in line and before in line for line in wrong)
    assert any("never shown" in line and "which nobody was shown" in line for line in wrong)
    wrong = wrong_after(f"insert into {mart} from {mart}")
    assert len([line for line in wrong if line.endswith("twice")]) > 1


def test_figures_add_up_over_runs_and_keep_code_versions_apart(tmp_path):
    path = tmp_path / "faults.csv"
    first = figures.Row("aaa", "build", "c1", "2026-01-01", kills=3, reads=10, wrong_reads=1)
    first.seconds_beyond_refresh = 2.5
    figures.add(first, path)
    figures.add(figures.Row("aaa", "build", "c2", "2026-01-02", kills=4, reads=5), path)
    figures.add(figures.Row("bbb", "build", "c3", "2026-01-03", kills=1), path)
    figures.add(figures.Row("aaa", "land", "c2", "2026-01-02", kills=2), path)
    rows = figures.read(path)
    assert len(rows) == 3
    build = rows["aaa", "build"]
    assert (build.kills, build.reads, build.wrong_reads) == (7, 15, 1)
    assert build.seconds_beyond_refresh == 2.5 and build.commit == "c2"
    assert rows["bbb", "build"].kills == 1 and rows["aaa", "land"].kills == 2


def test_what_is_done_counts_towards_the_goal(tmp_path, monkeypatch):
    from tests.faults.__main__ import SHARES, missing

    monkeypatch.setattr(figures, "FILE", tmp_path / "faults.csv")
    monkeypatch.setattr(figures.read, "__defaults__", (tmp_path / "faults.csv",))
    assert missing(1000, "aaa") == SHARES
    figures.add(figures.Row("aaa", "switch", kills=200), tmp_path / "faults.csv")
    figures.add(figures.Row("bbb", "land", kills=200), tmp_path / "faults.csv")
    assert missing(1000, "aaa") == {**SHARES, "switch": SHARES["switch"] - 200}
    assert missing(100, "aaa")["switch"] == 0
