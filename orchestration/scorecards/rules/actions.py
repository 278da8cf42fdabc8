"""Acting: playbooks, their steps, escalations."""

from collections import defaultdict
from collections.abc import Iterator

from orchestration.scorecards.scorecard_set import ScorecardSet
from orchestration.scorecards.tables import Finding, Row, label, nearest


def known_playbooks(scorecards: ScorecardSet) -> Iterator[Finding]:
    """Of the segment, or of all segments; a rule for all needs one for all."""
    playbooks = {(row["playbook_id"], row["segment_id"]) for row in scorecards.tables["playbooks"]}
    names = sorted({name for name, _ in playbooks if name})
    for row in scorecards.tables["cta_rules"]:
        name, segment = row["playbook_id"], row["segment_id"]
        if name is None or (name, None) in playbooks or (name, segment) in playbooks:
            continue
        if name not in names:
            what = f'unknown playbook_id "{name}"{nearest(name, names)}'
            yield _finding([row], what, "Add it to playbooks.csv, or correct it here.")
        else:
            whom = f"segment {segment}" if segment else "every segment"
            what = f"playbook {name} is there for some segments, not for {whom}"
            yield _finding([row], what, "Add it to playbooks.csv with an empty segment_id.")


def steps_of_known_playbooks(scorecards: ScorecardSet) -> Iterator[Finding]:
    playbooks = {(row["playbook_id"], row["segment_id"]) for row in scorecards.tables["playbooks"]}
    names = sorted({name for name, _ in playbooks if name})
    for key, rows in _by_playbook(scorecards.tables["playbook_steps"]).items():
        if key not in playbooks:
            hint = "" if key[0] in names else nearest(key[0], names)
            what = f"the playbook is not in playbooks.csv{hint}"
            yield _finding(rows, what, "Add it there, or correct playbook_id or segment_id here.")


def playbooks_have_steps(scorecards: ScorecardSet) -> Iterator[Finding]:
    steps = _by_playbook(scorecards.tables["playbook_steps"])
    for key, rows in _by_playbook(scorecards.tables["playbooks"]).items():
        if key not in steps:
            remedy = "Add its rows to playbook_steps.csv, or remove it."
            yield _finding(rows, "there are no steps", remedy)


def steps_have_an_order(scorecards: ScorecardSet) -> Iterator[Finding]:
    for rows in _by_playbook(scorecards.tables["playbook_steps"]).values():
        places = defaultdict(list)
        for row in rows:
            places[row["step_order"]].append(row)
        for place, same in places.items():
            if place is not None and len(same) > 1:
                what = f"{len(same)} steps with step_order {place}"
                yield _finding(same, what, "Give each step its own place.")


def escalations_name_the_other_team(scorecards: ScorecardSet) -> Iterator[Finding]:
    for row in scorecards.tables["escalations"]:
        if row["level"] == "other_team" and row["team"] is None:
            what = "the level other_team names no team"
            yield _finding([row], what, "Fill in team.")


def _by_playbook(rows: list[Row]) -> dict[tuple, list[Row]]:
    grouped = defaultdict(list)
    for row in rows:
        if row["playbook_id"] is not None and "segment_id" not in row.bad:
            grouped[row["playbook_id"], row["segment_id"]].append(row)
    return grouped


def _finding(rows: list[Row], what: str, remedy: str) -> Finding:
    cells = dict(rows[0].cells)
    if len(rows) > 1:
        cells.pop("step_id", None)
    return Finding(rows[0].file, tuple(row.line for row in rows), label(cells) + what, remedy)


RULES = (
    (("cta_rules", "playbooks"), known_playbooks),
    (("playbook_steps", "playbooks"), steps_of_known_playbooks),
    (("playbooks", "playbook_steps"), playbooks_have_steps),
    (("playbook_steps",), steps_have_an_order),
    (("escalations",), escalations_name_the_other_team),
)
