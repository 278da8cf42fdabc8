"""The gates within a refresh: what blocks, what is kept, and the way on after an answer."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from orchestration import cli
from orchestration.acts import acknowledgements
from orchestration.base.errors import Blocked, HealthError
from orchestration.base.files import read_lines
from orchestration.commands import acknowledge as command
from orchestration.expectations.history import History
from orchestration.landing.loads import Note, read_loads
from orchestration.publishing import version_check, versions
from orchestration.refresh import Refresh


def grow(world, count: int) -> None:
    """So many accounts more."""
    accounts = world.root / "company" / "landed" / "accounts.csv"
    begin = accounts.read_text().count("\n")
    more = "".join(f"x{begin + number},X,2024-01-01\n" for number in range(count))
    accounts.write_text(accounts.read_text() + more)


def answer(world, what: str, meaning: str) -> None:
    acknowledgements.acknowledge(
        world.paths, what, meaning, "Ada", "planted", datetime(2026, 2, 1, tzinfo=UTC)
    )


def test_a_refresh_leaves_page_json_and_history_and_counts_the_checks(published_world):
    paths = published_world.paths
    folder = paths.versions / versions.current_version(paths)
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in ("expectations.html", "expectations.json"):
        assert (folder / name).read_bytes() == (paths.expectations / name).read_bytes()
    assert version_check.damage(folder) == []
    document = json.loads((folder / "expectations.json").read_text())
    passed = [check["check"] for check in document["checks"] if check["status"] == "passed"]
    assert "raw_accounts_rows" in passed and manifest["checks_passed"] > len(passed)
    history = History.read(paths.checks, [folder.name])
    assert history.values("raw_accounts_rows") == [3] and history.load_number == 1
    (line,) = read_lines(paths.refresh_log)
    assert line["checks_passed"] == manifest["checks_passed"]


def test_what_blocks_at_the_raw_gate_is_kept_and_passes_once_it_is_meant(world):
    before = versions.current_version(world.paths)
    grow(world, 60)
    with pytest.raises(Blocked, match=r"raw_accounts_row_count: .* 63 rows \(usually 3 rows"):
        world.refresh()
    assert versions.current_version(world.paths) == before
    assert [b.check for b in acknowledgements.open_blocks(world.paths)] == [
        "raw_accounts_row_count"
    ]
    with pytest.raises(Blocked):  # the load is archived by now; it blocks all the same
        world.refresh()
    answer(world, "accounts", "meant")
    lines: list[str] = []
    world.refresh(lines=lines)
    assert read_loads(world.settings.state_dir, "mini")[1].notes == (Note("accounts", "meant"),)
    assert acknowledgements.open_blocks(world.paths) == []
    assert any("expect_raw" in line and "0 blocked" in line for line in lines)
    assert world.refresh().status == "nothing_new"
    grow(world, 1)
    assert world.refresh().status == "published"


def test_an_outage_at_the_raw_gate_is_not_taken(world):
    grow(world, 60)
    with pytest.raises(Blocked):
        world.refresh()
    answer(world, "raw_accounts_row_count", "outage")
    world.refresh()
    (block,) = acknowledgements.open_blocks(world.paths)
    assert (block.check, block.table) == ("raw_accounts_outage", "accounts")
    manifest = version_check.read_manifest(world.paths.current)
    assert "raw_accounts_outage" in manifest["checks_warned"]
    assert world.refresh().status == "nothing_new"


def test_what_blocks_at_the_landing_is_answered_by_the_same_command(world, monkeypatch):
    monkeypatch.setattr(command, "load_settings", lambda: world.settings)
    usage = world.root / "company" / "landed" / "usage_daily_first.csv"
    usage.write_text("".join(usage.read_text().splitlines(keepends=True)[:4]))
    with pytest.raises(Blocked, match="health acknowledge usage_daily"):
        world.refresh()
    asked = ["acknowledge", "usage_daily", "--as", "outage", "--author", "Ada"]
    done = CliRunner().invoke(cli.app, [*asked, "--reason", "cut", "--json"])
    assert done.exit_code == 0, done.output
    (entry,) = json.loads(done.output)["acknowledged"]
    assert (entry["cause"], entry["author"]) == ("usage_daily since load 1", "Ada")
    assert world.refresh().status == "published"
    assert read_loads(world.settings.state_dir, "mini")[1].notes == (Note("usage_daily", "outage"),)
    assert world.refresh().status == "nothing_new"


def test_a_command_that_answers_nothing_ends_as_bad_input(world, monkeypatch):
    monkeypatch.setattr(command, "load_settings", lambda: world.settings)
    asked = ["acknowledge", "tickets", "--as", "meant", "--author", "Ada", "--reason", "x"]
    done = CliRunner().invoke(cli.app, asked)
    assert done.exit_code == 2


def test_nothing_is_published_without_both_gates(world):
    world.use("second", ("b", "2025-02", 4))
    with Refresh(world.settings) as refresh:
        refresh.open()
        refresh.check()
        refresh.prepare()
        refresh.land()
        refresh.build()
        with pytest.raises(HealthError, match="only a whole refresh can publish"):
            refresh.publish()


def test_a_rollback_does_not_change_what_is_learned(world):
    from orchestration.publishing.rollback import roll_back

    grow(world, 2)
    first = versions.current_version(world.paths)
    world.refresh()
    roll_back(world.paths, first, author="Ada", reason="planted", now=datetime.now(UTC))
    grow(world, 1)
    world.refresh()
    line = [x for x in read_lines(next(world.paths.checks.iterdir())) if "row_count" in x["check"]]
    assert line[-1]["usual"] == 4  # of 3 and 5
