"""Which version of which scorecard judges whom, and from when."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from orchestration.scorecards.scorecard_set import Rule, ScorecardSet, finding, grouped
from orchestration.scorecards.tables import Finding, Row


def one_segment_and_stage_per_scorecard(scorecards: ScorecardSet) -> Iterator[Finding]:
    for (name,), rows in grouped(scorecards.tables["scorecards"], "scorecard_id").items():
        whole = [row for row in rows if not row.bad.intersection(("segment_id", "lifecycle_stage"))]
        served = {(row["segment_id"], row["lifecycle_stage"]) for row in whole}
        if len(served) > 1:
            listed = ", ".join(sorted(_served(*pair) for pair in served))
            what = f"scorecard {name}: its versions serve different segments or stages ({listed})"
            yield finding(whole, what, "Give each segment and stage its own scorecard_id.")


def versions_in_order(scorecards: ScorecardSet) -> Iterator[Finding]:
    for (name,), rows in grouped(scorecards.tables["scorecards"], "scorecard_id").items():
        dated = [row for row in rows if row["version"] is not None and row["valid_from"]]
        for (valid_from,), same in grouped(dated, "valid_from").items():
            versions = sorted({row["version"] for row in same})
            if len(versions) > 1:
                what = (
                    f"scorecard {name} versions {' and '.join(map(str, versions))}: "
                    f"both are valid from {valid_from}"
                )
                yield finding(same, what, "Give each version its own valid_from.")
        for earlier, later in pairwise(sorted(dated, key=lambda row: row["version"])):
            if (
                earlier["version"] < later["version"]
                and earlier["valid_from"] > later["valid_from"]
            ):
                what = (
                    f"scorecard {name} version {later['version']} is valid from "
                    f"{later['valid_from']}, before version {earlier['version']} "
                    f"({earlier['valid_from']})"
                )
                yield finding([earlier, later], what, "A higher version must begin later.")


def one_scorecard_a_day(scorecards: ScorecardSet) -> Iterator[Finding]:
    rows = [
        row
        for row in scorecards.tables["scorecards"]
        if not row.bad.intersection(("scorecard_id", "segment_id", "lifecycle_stage", "valid_from"))
        and row["scorecard_id"]
        and row["segment_id"]
        and row["valid_from"]
    ]
    by_place = defaultdict(list)
    for row in rows:
        by_place[row["segment_id"], row["lifecycle_stage"]].append(row)
    for (segment, stage), same in by_place.items():
        starts: dict[str, list[Row]] = defaultdict(list)
        for row in same:
            starts[row["scorecard_id"]].append(row)
        if len(starts) > 1:
            first_shared = sorted(
                min(row["valid_from"] for row in versions) for versions in starts.values()
            )[1]
            names = " and ".join(sorted(starts))
            what = (
                f"scorecards {names} are both valid for {_served(segment, stage)} "
                f"from {first_shared} on"
            )
            remedy = "Keep one; a new model of the same segment is a new version of its scorecard."
            yield finding(same, what, remedy)


def _served(segment: str, stage: str | None) -> str:
    return f"segment {segment}, " + (f"stage {stage}" if stage else "no stage")


RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("scorecards",), one_segment_and_stage_per_scorecard),
    (("scorecards",), versions_in_order),
    (("scorecards",), one_scorecard_a_day),
)
