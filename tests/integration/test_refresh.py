"""A refresh from landed files to published marts, and everything that may stop it."""

import errno
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from orchestration.base.errors import BadInput, Blocked, Busy, HealthError
from orchestration.base.files import append_line
from orchestration.base.lock import Lock
from orchestration.base.settings import PROJECT_ROOT
from orchestration.publishing import refresh_log, versions
from orchestration.refresh import Refresh
from tests.support.program import health


def scores(world):
    with duckdb.connect(str(world.database), read_only=True) as connection:
        return connection.execute(
            "select account_id, month(as_of_date), score from marts.fct_account_health order by all"
        ).fetchall()


def leftovers(world):
    """What a refresh that stopped may not leave behind."""
    builds = [p.name for p in world.paths.builds.iterdir()] if world.paths.builds.exists() else []
    made = [p.name for p in world.paths.versions.iterdir() if p.name.startswith(".")]
    links = [p.name for p in world.paths.published.iterdir() if p.name.startswith(".")]
    return builds + made + links


def test_a_refresh_publishes_and_keeps_what_the_next_one_needs(published_world):
    paths = published_world.paths
    assert scores(published_world) == [("a", 1, 50), ("a", 2, 70), ("b", 1, 60)]
    assert paths.audited_file.exists() and not leftovers(published_world)
    manifest = json.loads((paths.dbt_state / "manifest.json").read_text())
    assert manifest == json.loads(paths.dbt_manifest.read_text())
    (entry,) = refresh_log.entries(paths)
    assert entry["status"] == "published" and entry["as_of_date"] == "2025-02-01"
    assert entry["refresh_id"] == versions.current_version(paths)


def test_nothing_new_says_so_at_once_and_loads_no_engine(world):
    before = sorted(world.paths.versions.iterdir())
    began = time.monotonic()
    done = health(
        world,
        "refresh",
        after="print('LOADED', sorted({'dbt', 'dagster', 'duckdb', 'pandas'} & set(sys.modules)))",
    )
    assert done.returncode == 0, done.stderr
    assert "Nothing new since refresh" in done.stdout and "LOADED []" in done.stdout
    assert time.monotonic() - began < 10  # measured 0.5 s; room for a busy machine
    assert sorted(world.paths.versions.iterdir()) == before
    assert len(refresh_log.entries(world.paths)) == 1


def test_new_rows_are_added_and_unchanged_partitions_kept(world):
    first = world.paths.versions / versions.current_version(world.paths)
    world.use("second", ("b", "2025-02", 4))
    outcome = world.refresh()
    assert outcome.status == "published"
    assert scores(world) == [("a", 1, 50), ("a", 2, 70), ("b", 1, 60), ("b", 2, 40)]
    part = "parquet/fct_account_health/as_of_month={}/part-0.parquet"
    january, february = (part.format(month) for month in ("2025-01", "2025-02"))
    assert (first / january).samefile(world.paths.current / january)
    with duckdb.connect(str(world.database), read_only=True) as connection:
        log = connection.execute("select status from marts.refresh_log").fetchall()
    assert log == [("published",), ("published",)]
    assert (first / february).read_bytes() != (world.paths.current / february).read_bytes()


@pytest.mark.parametrize("what", ["model", "company", "scorecards", "as_of"])
def test_a_changed_model_setting_or_date_is_something_new(world, what):
    as_of = None
    if what == "model":
        model = world.settings.dbt_project_dir / "models" / "marts" / "dim_accounts.sql"
        model.write_text(model.read_text() + "\n-- changed\n")
    elif what == "company":
        with (world.root / "company" / "company.yml").open("a") as file:
            file.write("score_from: 2025-01-01\n")
    elif what == "scorecards":
        own = world.root / "company" / "scorecards"
        own.mkdir()
        for path in (PROJECT_ROOT / "seeds" / "scorecards").glob("*.csv"):
            content = path.read_text().replace("starter,1,fair,40,80", "starter,1,fair,40,75")
            (own / path.name).write_text(
                content.replace("starter,1,healthy,80", "starter,1,healthy,75")
            )
    else:
        as_of = date(2025, 2, 28)
    with Refresh(world.settings, as_of=as_of) as refresh:
        assert refresh.open().is_nothing_new is False


def test_a_failed_check_publishes_nothing_and_says_what_to_do(world):
    before = versions.current_version(world.paths)
    world.use("second", ("c", "2025-02", 11))
    with pytest.raises(Blocked) as error:
        world.refresh()
    message = str(error.value)
    assert error.value.exit_code == 3
    assert "fct_account_health_score_is_at_most_100 (on " in message and "1 rows" in message
    assert "account_id=c" in message and "Who mends it: the test" in message
    assert versions.current_version(world.paths) == before
    assert scores(world) == [("a", 1, 50), ("a", 2, 70), ("b", 1, 60)]
    assert refresh_log.entries(world.paths)[-1]["status"] == "blocked"
    assert not leftovers(world)


def test_personal_values_are_masked_in_the_examples_of_a_failed_check(world):
    world.use("second", ("c", "2025-02", 11))
    with pytest.raises(Blocked) as error:
        world.refresh()
    assert "email=(personal)" in str(error.value)
    assert "someone@example.com" not in world.paths.refresh_log.read_text()


def test_a_broken_model_is_an_error_of_ours_and_publishes_nothing(world):
    before = versions.current_version(world.paths)
    model = world.settings.dbt_project_dir / "models" / "marts" / "dim_accounts.sql"
    model.write_text("select no_such_column from {{ ref('stg_usage_daily') }}")
    with pytest.raises(HealthError, match="model dim_accounts") as error:
        world.refresh()
    assert error.value.exit_code == 1
    assert versions.current_version(world.paths) == before and not leftovers(world)


@pytest.mark.parametrize(
    ("place", "number"),
    [
        ("orchestration.landing.archive.archive", errno.ENOSPC),
        ("orchestration.landing.raw.write_raw_zone", errno.EROFS),
        ("orchestration.publishing.publish.write_version", errno.ENOSPC),
        ("orchestration.warehouse.build.keep_manifest", errno.ENOSPC),
        ("orchestration.publishing.versions.point", errno.EROFS),
    ],
)
def test_a_full_or_read_only_disk_leaves_what_readers_see(world, monkeypatch, place, number):
    before = versions.current_version(world.paths)
    world.use("second", ("b", "2025-02", 4))

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number), "/somewhere")

    monkeypatch.setattr(place, refuse)
    with pytest.raises(HealthError, match="/somewhere") as error:
        world.refresh()
    said = str(error.value)
    assert "readers keep the last version" in said and "/somewhere" in said
    assert versions.current_version(world.paths) == before and not leftovers(world)
    if (
        place == "orchestration.publishing.versions.point"
    ):  # the latest moment at which one can fail
        monkeypatch.undo()
        assert world.refresh().status == "published"
        assert len(scores(world)) == 4
        assert min(path.name for path in world.paths.versions.iterdir()) == before
        assert len(list(world.paths.versions.iterdir())) == 2


def test_a_file_that_can_t_grow_ends_with_a_clear_message(world):
    """A real refusal from the system, in the middle of what DuckDB writes."""
    world.use("second", ("b", "2025-02", 4))
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); " \
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))"  # fmt: skip
    before = versions.current_version(world.paths)
    done = health(world, "refresh", before=limit)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert versions.current_version(world.paths) == before and not leftovers(world)


def test_a_target_that_can_t_be_made_ends_with_a_clear_message(world):
    (world.root / "published").rename(world.root / "elsewhere")
    (world.root / "published").write_text("a file, not a folder")
    done = health(world, "refresh")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "PUBLISHED_DIR" in done.stderr


def test_what_dead_refreshes_left_is_cleared_and_logged(world):
    dead = world.paths.build_folder("20250101T000000Z-dead00")
    dead.mkdir(parents=True)
    (dead / "started_at").write_text("2025-01-01T00:00:00+00:00")
    (dead / "warehouse.duckdb").write_text("half a file")
    (dead / "warehouse.duckdb.wal").write_text("half a log")
    (world.paths.versions / ".making-20250101T000000Z-dead00").mkdir()
    assert world.refresh().status == "nothing_new"
    assert not leftovers(world)
    killed = refresh_log.entries(world.paths)[-1]
    assert killed["refresh_id"] == dead.name and killed["status"] == "killed"


def test_a_refresh_killed_between_the_switch_and_the_log_is_logged_by_the_next(world):
    current = versions.current_version(world.paths)
    world.paths.refresh_log.write_text('{"refresh_id": "cut in ha')
    assert world.refresh().status == "nothing_new"
    (entry,) = refresh_log.entries(world.paths)
    assert (entry["refresh_id"], entry["status"]) == (current, "published")


def test_a_line_that_a_crash_cut_short_does_not_spoil_the_next(tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text('{"refresh_id": "a"}\n{"refresh_id": "b", "sta')
    append_line(log, {"refresh_id": "c"})
    assert log.read_text().splitlines()[-1] == '{"refresh_id": "c"}'


def test_a_second_refresh_is_busy(world):
    with Lock(world.paths.lock, "first"):
        with pytest.raises(Busy, match="refresh first"):
            world.refresh()
        done = health(world, "refresh", "--json")
    assert done.returncode == 4
    assert json.loads(done.stdout)["status"] == "busy"


def test_an_as_of_date_in_the_future_or_no_date_is_refused(world):
    tomorrow = date.today() + timedelta(days=2)
    with pytest.raises(BadInput, match="future"):
        world.refresh(as_of=tomorrow)
    done = health(world, "refresh", "--as-of", "soon")
    assert done.returncode == 2 and "YYYY-MM-DD" in done.stderr


def test_a_run_that_lost_its_claim_publishes_nothing(world, monkeypatch):
    before = versions.current_version(world.paths)
    world.use("second", ("b", "2025-02", 4))
    from orchestration.publishing import publish

    write = publish.write_version

    def overtaken(paths, build_file, publication):
        version = write(paths, build_file, publication)
        paths.token.write_text("a newer run")
        return version

    monkeypatch.setattr(publish, "write_version", overtaken)
    with pytest.raises(Blocked, match="no longer the newest"):
        world.refresh()
    assert versions.current_version(world.paths) == before


def test_only_the_last_versions_are_kept(world):
    first = versions.current_version(world.paths)
    for number in (3, 4):
        world.use("more", ("b", f"2025-0{number}", 1))
        with Refresh(replace(world.settings, keep_versions=2)) as refresh:
            refresh.run()
    kept = [path.name for path in world.paths.versions.iterdir()]
    assert len(kept) == 2 and first not in kept
    assert versions.current_version(world.paths) == max(kept)


def test_a_bad_folder_ends_with_exit_code_2_and_no_traceback(world, tmp_path):
    done = health(world, "refresh", "--company", str(tmp_path / "nowhere"), "--json")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert json.loads(done.stdout)["status"] == "bad_input"


def test_a_refresh_loads_nothing_that_it_has_no_use_for(world):
    """What is put off stays so: dbt once looked into every module that was imported."""
    world.use("more", ("c", "2025-02", 3))
    program = (
        "import sys; from pathlib import Path; from tests.support.mini import World; "
        f"World(Path({str(world.root)!r})).refresh(); "
        "print([name for name in ('scipy.stats._stats_py', 'altair.vegalite', 'dagster') "
        "if name in sys.modules], 'great_expectations' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "[] True"
