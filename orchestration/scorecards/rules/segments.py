"""Every account falls into one segment, and every segment has a scorecard."""

from collections.abc import Iterator

from orchestration.scorecards.scorecard_set import Rule, ScorecardSet, Warned, finding, grouped
from orchestration.scorecards.tables import (
    BOOLEAN_FIELDS,
    NUMBER_FIELDS,
    NUMBER_PATTERN,
    RULE_OPERATORS,
    RULE_OPERATORS_WITHOUT_VALUE,
    Finding,
    label,
)

LONGEST_SEGMENT_ID = 56  # `health_` and the id make the name of a table: 63 characters on Postgres


def table_names(scorecards: ScorecardSet) -> Iterator[Finding]:
    rows = scorecards.tables["segments"]
    if not rows:
        yield Finding("segments.csv", (), "there is no segment", "Add at least one row.")
    for row in rows:
        segment = row["segment_id"]
        if segment and len(segment) > LONGEST_SEGMENT_ID:
            what = (
                f"segment {segment}: its id has {len(segment)} characters, "
                "too many for the table health_<segment_id>"
            )
            yield finding([row], what, f"Shorten it to at most {LONGEST_SEGMENT_ID}.")


def fallback_scorecards(scorecards: ScorecardSet) -> Iterator[Finding]:
    by_segment = grouped(scorecards.tables["scorecards"], "segment_id")
    for row in scorecards.tables["segments"]:
        segment = row["segment_id"]
        if segment is None:
            continue
        own = by_segment.get((segment,), [])
        if all(other.cells["lifecycle_stage"] for other in own):
            has = "only scorecards for a lifecycle stage" if own else "no scorecard"
            remedy = "Add one with an empty lifecycle_stage to scorecards.csv."
            yield finding([row], f"segment {segment} has {has}", remedy)


def rules_reach_segments(scorecards: ScorecardSet) -> Iterator[Warned]:
    reached = {row["segment_id"] for row in scorecards.tables["segment_rules"]}
    for row in scorecards.tables["segments"]:
        if row["segment_id"] and row["segment_id"] not in reached:
            what = f"segment {row['segment_id']}: no rule leads to it, so no account is in it"
            yield Warned(finding([row], what, "Add a row to segment_rules.csv."))


def one_default_rule_last(scorecards: ScorecardSet) -> Iterator[Finding]:
    rows = scorecards.tables["segment_rules"]
    remedy = "Add a last rule with the operator always, and neither field nor value."
    if not rows:
        yield Finding("segment_rules.csv", (), "there is no rule", remedy)
        return
    if any(row.bad.intersection(("rule_order", "operator")) for row in rows):
        return
    last = max(row["rule_order"] for row in rows)
    for row in rows:
        if row["operator"] == "always" and row["rule_order"] != last:
            what = f"rule {row['rule_order']} always matches: rule {last} can't be reached"
            yield finding([row], what, "Only the last rule may have the operator always.")
    final = [row for row in rows if row["rule_order"] == last]
    if [row["operator"] for row in final] != ["always"]:
        what = f"rule {last}, the last, does not always match: accounts would have no segment"
        yield finding(final, what, remedy)


def one_segment_per_rule(scorecards: ScorecardSet) -> Iterator[Finding]:
    for (order,), rows in grouped(scorecards.tables["segment_rules"], "rule_order").items():
        segments = sorted({row["segment_id"] for row in rows if row["segment_id"]})
        if len(segments) > 1:
            what = f"rule {order} leads to {len(segments)} segments: {', '.join(segments)}"
            remedy = "Conditions of one rule_order belong together; give each rule its own number."
            yield finding(rows, what, remedy)


def readable_conditions(scorecards: ScorecardSet) -> Iterator[Finding]:
    for row in scorecards.tables["segment_rules"]:
        if row.bad.intersection(("field", "operator")) or row["operator"] is None:
            continue
        problem = _condition_problem(row["field"], row["operator"], row.cells["value"])
        if problem:
            yield finding([row], label(row.cells) + problem[0], problem[1])


def _condition_problem(field_: str | None, operator: str, value: str) -> tuple[str, str] | None:
    if operator == "always":
        if field_ is not None or value:
            return "always takes neither field nor value", "Leave both empty."
        return None
    if field_ is None:
        return "field is empty", f"Name the field that {operator} looks at."
    if operator in RULE_OPERATORS_WITHOUT_VALUE:
        if value:
            return f'{operator} takes no value, "{value}" is given', "Leave the value empty."
        if operator == "is_true" and field_ not in BOOLEAN_FIELDS:
            return f"{field_} is not true or false", f"Use one of: {', '.join(RULE_OPERATORS)}."
        return None
    if value.strip() == "":
        return f"{operator} has no value", "Fill it in."
    if operator in (">=", ">", "<=", "<") and field_ not in NUMBER_FIELDS:
        return f"{field_} is not a number, so {operator} can't compare it", "Use =, != or in."
    values = value.split("|") if operator == "in" else [value]
    for one in values:
        if one != one.strip() or not one:
            return f'value "{value}" has an empty part or spaces around one', "Remove them."
        if field_ in NUMBER_FIELDS and not NUMBER_PATTERN.fullmatch(one):
            return f'value "{one}" is not a number, {field_} is', "Write digits only."
        if field_ in BOOLEAN_FIELDS and one not in ("true", "false"):
            return f'value "{one}" is not true or false, {field_} is', "Write true or false."
    return None


RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("segments",), table_names),
    (("segments", "scorecards"), fallback_scorecards),
    (("segments", "segment_rules"), rules_reach_segments),
    (("segment_rules",), one_default_rule_last),
    (("segment_rules",), one_segment_per_rule),
    (("segment_rules",), readable_conditions),
)
