"""State of an earlier release: refused by a refresh, brought up to date by `health upgrade`."""

import hashlib
import json
import shutil
import stat
from pathlib import Path

import pytest

from orchestration.base import layout
from orchestration.base.errors import HealthError
from orchestration.publishing import refresh_log, versions
from orchestration.refresh import Refresh
from tests.support.publication import company_paths, publish

CONTENT = "account_id\na\n"
HASH = hashlib.sha256(CONTENT.encode()).hexdigest()
# Layout 1, as release 0.1.0 wrote it: file → content.
LAYOUT_1 = {
    f"files/{HASH}": CONTENT,
    "loads/0001.json": json.dumps(
        {
            "format": 1,
            "number": 1,
            "loaded_at": "2025-11-02T04:00:00+00:00",
            "folder": "2025-11-02T0400",
            "files": [
                {
                    "path": "2025-11-02T0400/accounts.csv",
                    "sha256": HASH,
                    "table": "accounts",
                    "size": 13,
                    "is_changed": True,
                    "row_count": 1,
                }
            ],
            "missing_tables": [],
            "row_counts": {"accounts": 1},
        }
    ),
    "refresh_log.jsonl": '{"as_of_date": "2025-02-28", "code_version": "0.1.0+abc", '
    '"ended_at": "2025-03-01T00:01:00+00:00", "input_fingerprint": "f", "refresh_id": "r1", '
    '"rows_published": 4, "started_at": "2025-03-01T00:00:00+00:00", "status": "published"}\n',
    "audited/warehouse.duckdb": "a database",
    "dbt_state/manifest.json": "{}",
    "dbt_manifest.json": "{}",
    "scan_cache.json": "{}",
    "token": "r1",
    "lock": "{}",
    "logs/dbt.log": "Could not convert string 'Planted Person' to INT32",
    "target/manifest.json": "{}",
    "target/run_results.json": "Could not convert string 'Planted Person' to INT32",
}
GONE = {"logs/dbt.log", "target/run_results.json"}


@pytest.fixture
def paths(tmp_path):
    """A state of layout 1, open to everybody, with a version that was published from it."""
    paths = company_paths(tmp_path)
    publish(paths, "r1")
    shutil.rmtree(paths.state)
    for name, content in LAYOUT_1.items():
        file = paths.state / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    paths.state.chmod(0o755)
    return paths


def content(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != layout.NAME
    }


def test_a_refresh_refuses_an_older_state_and_changes_nothing(paths):
    with pytest.raises(HealthError, match=r"earlier release \(layout 1; this one needs 2\)"):
        layout.require_current(paths)
    assert content(paths.state) == LAYOUT_1


def test_an_upgrade_keeps_all_that_a_rebuild_can_not_make(paths):
    said: list[str] = []
    assert layout.upgrade(paths, said.append) == 1 and said[0].startswith("layout 2: ")
    assert content(paths.state) == {n: c for n, c in LAYOUT_1.items() if n not in GONE}
    assert stat.S_IMODE(paths.state.stat().st_mode) == 0o700
    layout.require_current(paths)
    assert refresh_log.last_published(paths)["refresh_id"] == versions.current_version(paths)
    assert layout.upgrade(paths, said.append) == 0 and len(said) == 1


def test_a_new_state_gets_the_present_number(tmp_path):
    paths = company_paths(tmp_path)
    with pytest.raises(HealthError, match="no state"):
        layout.upgrade(paths, print)
    (paths.state / "target").mkdir(parents=True)  # made when the web interface starts
    layout.require_current(paths)
    assert layout.number(paths) == layout.CURRENT
    layout.require_current(paths)


@pytest.mark.parametrize("found", [layout.CURRENT + 1, 99])
def test_a_newer_state_is_refused_by_both(paths, found):
    (paths.state / layout.NAME).write_text(json.dumps({"layout": found}))
    for act in (layout.require_current, lambda p: layout.upgrade(p, print)):
        with pytest.raises(HealthError, match=rf"newer release \(layout {found}; this one knows 2"):
            act(paths)
    assert content(paths.state) == LAYOUT_1


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"layout": "2"}', '{"layout": true}'])
def test_a_number_that_can_t_be_read_stops_everything(paths, text):
    (paths.state / layout.NAME).write_text(text)
    for act in (layout.require_current, lambda p: layout.upgrade(p, print)):
        with pytest.raises(HealthError, match="can't be read"):
            act(paths)


# The mechanism, with a step that rewrites a file that nothing can make again


class Killed(BaseException):
    pass


def rewriting(kill_at: str | None = None) -> layout.Step:
    """Turns every line of the log to capitals, one after the other, without atomicity."""

    def run(paths):
        log = paths.refresh_log
        if kill_at == "before":
            raise Killed
        text = log.read_text()
        log.write_text(text[: len(text) // 2].upper() + text[len(text) // 2 :])
        if kill_at == "between":
            raise Killed
        log.write_text(text.upper())
        if kill_at == "after":
            raise Killed

    return layout.Step(3, "the log in capitals", run, lambda paths: [paths.refresh_log])


@pytest.mark.parametrize("kill_at", ["before", "between", "after"])
def test_an_upgrade_that_was_killed_is_run_again(paths, monkeypatch, kill_at):
    before = paths.refresh_log.read_text()
    monkeypatch.setattr(layout, "CURRENT", 3)
    monkeypatch.setattr(layout, "STEPS", (*layout.STEPS, rewriting(kill_at)))
    with pytest.raises(Killed):
        layout.upgrade(paths, print)
    assert layout.number(paths) == 2
    monkeypatch.setattr(layout, "STEPS", (*layout.STEPS[:-1], rewriting()))
    assert layout.upgrade(paths, print) == 1
    assert layout.number(paths) == 3
    assert paths.refresh_log.read_text() == before.upper()
    aside = paths.state / "backups" / "before_layout_3"
    assert (aside / "refresh_log.jsonl").read_text() == before
    assert [path.name for path in aside.parent.iterdir()] == [aside.name]


def test_a_copy_that_was_cut_short_is_made_again(paths, monkeypatch):
    monkeypatch.setattr(layout, "CURRENT", 3)
    monkeypatch.setattr(layout, "STEPS", (*layout.STEPS, rewriting()))
    half = paths.state / "backups" / ".before_layout_3.making"
    half.mkdir(parents=True)
    (half / "refresh_log.jsonl").write_text("half")
    layout.upgrade(paths, print)
    aside = paths.state / "backups" / "before_layout_3"
    assert (aside / "refresh_log.jsonl").read_text() == LAYOUT_1["refresh_log.jsonl"]


# A whole company


def test_a_company_goes_on_after_the_upgrade_where_it_stood(world):
    """The published state as 0.1.0 would have left it: no number, no names of persons, open."""
    (world.paths.state / layout.NAME).unlink()
    shutil.rmtree(world.paths.state / "restricted")
    world.paths.state.chmod(0o755)
    shown, log = versions.current_version(world.paths), world.paths.refresh_log.read_text()
    with pytest.raises(HealthError, match="health upgrade"):
        world.refresh()
    assert (versions.current_version(world.paths), world.paths.refresh_log.read_text()) == (
        shown,
        log,
    )
    layout.upgrade(world.paths, print)
    with Refresh(world.settings) as refresh:
        assert refresh.open().is_nothing_new
    world.use("second", ("b", "2025-02", 4))
    assert world.refresh().status == "published"
    assert versions.current_version(world.paths.restricted) == versions.current_version(world.paths)
    assert shown in versions.names(world.paths)
