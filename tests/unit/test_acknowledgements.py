"""What an operator answers to a block: recorded with author and reason, noted in the load."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from orchestration.acts import acknowledgements
from orchestration.base.errors import BadInput, Block
from orchestration.base.settings import CompanyPaths
from orchestration.landing.loads import Load, Note, read_loads, write_load

NOW = datetime(2026, 2, 3, 5, tzinfo=UTC)
TICKETS = Block("landed_tickets_rows", "tickets", "tickets since load 1", "fell", 4)
USAGE = Block("raw_usage_events_volume", "usage_events", "usage_events from 2026-02-01", "fell",
              0.6, load=2, since="2026-02-01")  # fmt: skip
SCORES = Block("marts_mean_score", "marts", "since version x", "moved", 12, may_be_outage=False)


@pytest.fixture
def paths(tmp_path) -> CompanyPaths:
    """Two loads, and three things that stopped the last refresh."""
    paths = CompanyPaths(tmp_path / "state" / "acme", tmp_path / "published", tmp_path / "dbt")
    for number in (1, 2):
        write_load(tmp_path / "state", "acme", Load(number, NOW, None, (), row_counts={}))
    acknowledgements.keep_blocks(paths, "r1", [TICKETS, USAGE, SCORES])
    return paths


def answer(paths: CompanyPaths, what: str, meaning: str = "meant", **more: str) -> list[dict]:
    said = {"author": "Ada", "reason": "moved to another system"} | more
    return acknowledgements.acknowledge(paths, what, meaning, now=NOW, **said)


def notes(paths: CompanyPaths) -> list[tuple[Note, ...]]:
    acknowledgements.note_in_loads(paths, paths.state.parent, "acme")
    return [load.notes for load in read_loads(paths.state.parent, "acme")]


@pytest.mark.parametrize("what", ["tickets", "landed_tickets_rows"])
def test_an_answer_names_table_or_check_and_is_kept_with_author_reason_and_cause(paths, what):
    answer(paths, what)
    (line,) = paths.acknowledgements.read_text().splitlines()
    kept = json.loads(line)
    assert (kept["author"], kept["reason"]) == ("Ada", "moved to another system")
    assert (kept["cause"], kept["meaning"]) == ("tickets since load 1", "meant")
    assert kept["acknowledged_at"] == "2026-02-03T05:00:00+00:00"


def test_the_newest_answer_to_a_cause_counts(paths):
    answer(paths, "tickets", "outage")
    answer(paths, "tickets", "meant")
    assert acknowledgements.by_cause(paths)["tickets since load 1"]["meaning"] == "meant"
    assert len(acknowledgements.recorded(paths)) == 2


def test_what_is_not_open_can_not_be_answered(paths):
    with pytest.raises(BadInput, match=r"blocked on staff\. Open are: marts .*tickets .*usage"):
        answer(paths, "staff")
    acknowledgements.keep_blocks(paths, "r2", [])
    with pytest.raises(BadInput, match="Nothing is open at all"):
        answer(paths, "tickets")


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"meaning": "whatever"}, "say `outage` or `meant`"),
        ({"author": " "}, "Give --author and --reason"),
        ({"reason": ""}, "Give --author and --reason"),
        ({"what": "marts_mean_score", "meaning": "outage"}, "only a raw table has outages"),
    ],
)
def test_an_answer_that_says_too_little_is_refused(paths, changed, message):
    with pytest.raises(BadInput, match=message):
        answer(paths, **({"what": "tickets", "meaning": "meant"} | changed))
    assert not paths.acknowledgements.exists()


def test_an_answer_about_an_archived_load_is_noted_in_its_manifest(paths):
    answer(paths, "usage_events", "outage")
    expected = [(), (Note("usage_events", "outage", date(2026, 2, 1)),)]
    assert notes(paths) == expected
    assert acknowledgements.note_in_loads(paths, paths.state.parent, "acme") == []
    assert notes(paths) == expected


def test_a_second_thought_replaces_the_note(paths):
    answer(paths, "usage_events", "outage")
    notes(paths)
    answer(paths, "usage_events", "meant")
    assert notes(paths) == [(), (Note("usage_events", "meant", date(2026, 2, 1)),)]


def test_manifests_of_earlier_versions_have_no_notes(paths):
    manifest: Path = paths.state / "loads" / "0001.json"
    content = json.loads(manifest.read_text())
    del content["notes"]
    manifest.write_text(json.dumps(content))
    assert notes(paths)[0] == ()
