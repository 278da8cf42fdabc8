"""Alerts without Dagster's daemon: what `health refresh` under cron tells by itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.alerts.refresh import Teller
from orchestration.base.errors import Blocked, Busy
from orchestration.base.files import read_lines
from orchestration.base.settings import PROJECT_ROOT
from orchestration.refresh import Refresh

ALERTS = "alerts: [{kind: file}]\n"


def health(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {
        **os.environ,
        "STATE_DIR": str(root / "state"),
        "PUBLISHED_DIR": str(root / "published"),
    }
    command = [sys.executable, "-m", "orchestration.cli", *arguments, "--company", str(root / "c")]
    return subprocess.run(
        command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False
    )


def told(root: Path) -> list[dict]:
    return read_lines(root / "state" / "c" / "alerts_for_others.jsonl")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "c" / "landed").mkdir(parents=True)
    (tmp_path / "c" / "company.yml").write_text(
        f"id: c\nname: C Ltd\nreporting_currency: EUR\n{ALERTS}"
    )
    return tmp_path


def test_bad_input_is_told_and_the_exit_code_stays(root):
    done = health(root, "refresh", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["status"] == "bad_input"
    (alert,) = told(root)
    assert alert["kind"] == "bad_input" and "landed is empty" in alert["what"]
    assert alert["event"] == json.loads(done.stdout)["refresh_id"]


def test_a_fault_in_company_yml_itself_is_told(root):
    with (root / "c" / "company.yml").open("a") as file:
        file.write("time_zone: Nowhere\n")
    assert health(root, "refresh").returncode == 2
    (alert,) = told(root)
    assert "`Nowhere` is no time zone" in alert["what"]


def test_a_test_message_goes_through_every_channel(root):
    done = health(root, "alert", "--test")
    assert done.returncode == 0 and done.stdout.endswith(": sent\n")
    assert [alert["kind"] for alert in told(root)] == ["test"]
    (root / "c" / "company.yml").write_text("id: c\nname: C Ltd\nreporting_currency: EUR\n")
    done = health(root, "alert", "--test")
    assert done.returncode == 2 and "names no alerts" in done.stderr


def test_a_killed_refresh_is_told_when_the_next_one_opens(world):
    company = world.root / "company" / "company.yml"
    company.write_text(company.read_text() + ALERTS)
    dead = world.paths.build_folder("20250101T050000Z-dead00")
    dead.mkdir(parents=True)
    (dead / "started_at").write_text("2025-01-01T05:00:00+00:00")
    lines: list[str] = []
    teller = Teller(world.settings, world.root / "company", lines.append)
    with Refresh(world.settings) as refresh:
        refresh.open()
        teller.opened(refresh)
    alerts = read_lines(world.paths.state / "alerts_for_others.jsonl")
    assert [(a["kind"], a["refresh_id"]) for a in alerts] == [("killed", dead.name)]
    assert "as of 2025-02-01" in alerts[0]["readers"]
    teller.failed(refresh, Blocked("2 checks failed"))
    teller.failed(refresh, KeyboardInterrupt())
    alerts = read_lines(world.paths.state / "alerts_for_others.jsonl")
    assert [a["kind"] for a in alerts] == ["killed", "blocked"] and lines == []


def test_a_refresh_that_hangs_is_told_and_one_that_only_runs_is_not(world):
    company = world.root / "company" / "company.yml"
    company.write_text(company.read_text() + ALERTS)
    teller = Teller(world.settings, world.root / "company", print)
    with Refresh(world.settings) as first:
        first.open()
        holder = json.loads(world.paths.lock.read_text())
        second = Refresh(world.settings)
        teller.failed(second, Busy("busy", holder))
        assert not world.paths.alerts.exists()
        teller.failed(second, Busy("busy", {**holder, "since": "2025-01-01T05:00:00+00:00"}))
    (alert,) = read_lines(world.paths.state / "alerts_for_others.jsonl")
    assert alert["kind"] == "stuck" and f"process {os.getpid()}" in alert["what"]
