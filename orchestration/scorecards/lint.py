"""Can this set of scorecards be used? Every rule that no single cell can break alone.

Runs before any model, at every start, so its imports are light. A rule is a function that reads
typed rows and yields findings; an error refuses the set, a warning is shown and the work goes on.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from orchestration.errors import BadInput
from orchestration.scorecards.lint_actions import ACTION_RULES
from orchestration.scorecards.tables import (
    BANDS,
    BOOLEAN_FIELDS,
    HUNDRED,
    NUMBER_FIELDS,
    NUMBER_PATTERN,
    RULE_OPERATORS,
    RULE_OPERATORS_WITHOUT_VALUE,
    TABLES,
    Finding,
    Row,
    label,
    nearest,
    read_cells,
    read_table,
    show,
    show_lines,
)

LONGEST_SEGMENT_ID = 56  # `health_` and the id make the name of a table: 63 characters on Postgres
MOST_INDICATORS = 10
INDICATOR_COLUMNS = [
    "indicator_id",
    "module_id",
    "dimension",
    "unit",
    "direction",
    "has_baseline",
    "definition",
]
TIER_SETS = {
    "tiers": ("value",),
    "percentile": ("value",),
    "own_baseline": ("value", "baseline_ratio"),
    "linear": (),
}
TIER_SET_KEY = ("scorecard_id", "version", "indicator_id", "tier_set")


@dataclass(frozen=True)
class LintResult:
    """What is wrong with a set: errors refuse it, warnings do not."""

    errors: list[str]
    warnings: list[str]


@dataclass(frozen=True)
class Catalogue:
    """The indicators (by id, as their row's cells) and modules that a scorecard may name."""

    indicators: dict[str, dict[str, str]]
    modules: tuple[str, ...]


@dataclass(frozen=True)
class ScorecardSet:
    """The rows of all files; only those are here whose file could be read."""

    tables: dict[str, list[Row]]
    catalogue: Catalogue
    by_version: dict[str, dict[tuple[str, int], list[Row]]] = field(init=False)

    def __post_init__(self) -> None:
        grouped = {
            name: _group(rows, "scorecard_id", "version")
            for name, rows in self.tables.items()
            if name == "scorecards" or name.startswith("scorecard_") or name == "knock_outs"
        }
        object.__setattr__(self, "by_version", grouped)

    def of_version(self, table: str, row: Row) -> list[Row]:
        """The rows of a table that belong to this row's scorecard version."""
        return self.by_version[table].get((row["scorecard_id"], row["version"]), [])


@dataclass(frozen=True)
class Warned:
    """A finding that does not refuse the set."""

    finding: Finding


Rule = Callable[[ScorecardSet], Iterator[Finding | Warned]]


def require_valid(folder: Path, catalogue: Path) -> list[str]:
    """Refuse the set with everything that is wrong with it, or return its warnings."""
    result = lint_scorecards(folder, catalogue)
    if result.errors:
        count = len(result.errors)
        problems = "1 thing is wrong" if count == 1 else f"{count} things are wrong"
        listed = "\n".join(f"  - {error}" for error in result.errors)
        raise BadInput(
            f"The scorecards in {folder} can't be used, {problems}:\n{listed}\n"
            "Nothing was changed. Correct the files and run again."
        )
    return result.warnings


def lint_scorecards(folder: Path, catalogue: Path) -> LintResult:
    """Check the set in `folder` against the catalogue's indicators and modules."""
    if not folder.is_dir():
        remedy = "Give the folder that holds segments.csv, scorecards.csv and the other files."
        return LintResult([f"{folder}: there is no such folder. {remedy}"], [])
    known, errors = read_catalogue(catalogue)
    errors += _foreign_files(folder)
    tables: dict[str, list[Row]] = {}
    for name, table in TABLES.items():
        if table.new and not (folder / table.file).exists():
            if name != "playbooks":  # rules that name playbooks are older than the file
                tables[name] = []
            continue
        rows, findings = read_table(folder, table)
        errors += findings
        if rows is not None:
            tables[name] = rows
    warnings: list[Finding] = []
    if known is not None:
        scorecards = ScorecardSet(tables, known)
        for needed, rule in RULES:
            if tables.keys() >= set(needed):
                for found in rule(scorecards):
                    if isinstance(found, Warned):
                        warnings.append(found.finding)
                    else:
                        errors.append(found)
    return LintResult(_in_file_order(errors), _in_file_order(warnings))


def read_catalogue(catalogue: Path) -> tuple[Catalogue | None, list[Finding]]:
    """The catalogue's indicators and modules, in its own order."""
    indicators, findings = read_cells(catalogue / "indicators.csv", INDICATOR_COLUMNS, exact=False)
    modules, module_findings = read_cells(catalogue / "modules.csv", ["module_id"], exact=False)
    findings += module_findings
    if indicators is None or modules is None:
        return None, findings
    module_ids = tuple(cells["module_id"] for _, cells in modules)
    for line, cells in indicators:
        if cells["module_id"] not in module_ids:
            what = f'indicator {cells["indicator_id"]}: unknown module_id "{cells["module_id"]}"'
            remedy = f"Use one of: {', '.join(module_ids)}."
            findings.append(Finding("indicators.csv", (line,), what, remedy))
    by_id = {cells["indicator_id"]: cells for _, cells in indicators}
    return Catalogue(by_id, module_ids), findings


def _foreign_files(folder: Path) -> list[Finding]:
    """Files that the build would take for a table or for settings of its own."""
    known = {table.file for table in TABLES.values()}
    findings = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() == ".csv" and name not in known:
            what = f"is no file of a scorecard set{nearest(name, sorted(known))}"
            findings.append(Finding(name, (), what, "Rename it, or move it elsewhere."))
        elif path.suffix.lower() in (".yml", ".yaml", ".sql"):
            what = "a scorecard set holds CSV files only"
            findings.append(Finding(name, (), what, "Move it elsewhere."))
    return findings


# ------------------------------------------------------------------ rules: each row by itself


def no_duplicates(scorecards: ScorecardSet) -> Iterator[Finding]:
    for name, rows in scorecards.tables.items():
        key = TABLES[name].key
        whole = [row for row in rows if not row.bad.intersection(key)]
        for same in _group(whole, *key, empty=True).values():
            if len(same) < 2:
                continue
            first = same[0]
            if name == "scorecard_tiers":
                bound = first["lower_bound"]
                bound = "minus infinity (empty)" if bound is None else show(bound)
                what = f"tiers overlap: {len(same)} of them begin at {bound}"
                remedy = "Keep one tier per lower bound."
            else:
                what = f"{len(same)} rows for the same {', '.join(key)}"
                remedy = "Keep one of them."
            yield _finding(same, label(first.cells) + what, remedy)


def known_versions(scorecards: ScorecardSet) -> Iterator[Finding]:
    versions = scorecards.by_version["scorecards"]
    names = sorted({scorecard_id for scorecard_id, _ in versions})
    for name in ("scorecard_indicators", "scorecard_tiers", "scorecard_bands", "knock_outs"):
        for key, rows in scorecards.by_version.get(name, {}).items():
            if key not in versions:
                hint = "" if key[0] in names else nearest(key[0], names)
                what = f"scorecard {key[0]} version {key[1]} is not in scorecards.csv{hint}"
                yield _finding(rows, what, "Add it there, or correct the name or version here.")


def known_segments(scorecards: ScorecardSet) -> Iterator[Finding]:
    segments = [row["segment_id"] for row in scorecards.tables["segments"] if row["segment_id"]]
    for name in ("segment_rules", "scorecards", "cta_rules", "playbooks", "playbook_steps"):
        for row in scorecards.tables.get(name, []):
            segment = row["segment_id"]
            if segment is not None and segment not in segments:
                hint = nearest(segment, segments)
                what = f'{label(row.cells)}unknown segment_id "{segment}"{hint}'
                yield _finding([row], what, "Add it to segments.csv, or correct it here.")


def known_indicators(scorecards: ScorecardSet) -> Iterator[Finding]:
    known = scorecards.catalogue.indicators
    for name in ("scorecard_indicators", "knock_outs", "cta_rules"):
        for row in scorecards.tables.get(name, []):
            indicator = row["indicator_id"]
            if indicator is not None and indicator not in known:
                hint = nearest(indicator, known)
                what = f'{label(row.cells)}unknown indicator "{indicator}"{hint}'
                yield _finding([row], what, "Use an indicator_id of the catalogue.")


def known_modules(scorecards: ScorecardSet) -> Iterator[Finding]:
    known = scorecards.catalogue.modules
    for name in ("cta_rules", "module_teams"):
        for row in scorecards.tables.get(name, []):
            module = row["module_id"]
            if module is not None and module not in known:
                what = f'{label(row.cells)}unknown module_id "{module}"{nearest(module, known)}'
                yield _finding([row], what, f"Use one of: {', '.join(known)}.")


def complete_conditions(scorecards: ScorecardSet) -> Iterator[Finding]:
    columns = ("indicator_id", "operator", "threshold")
    for row in scorecards.tables["cta_rules"]:
        empty = [column for column in columns if row.cells[column] == ""]
        if empty and len(empty) < len(columns):
            what = f"{label(row.cells)}its condition lacks {' and '.join(empty)}"
            yield _finding([row], what, "Give indicator, operator and threshold, or none of them.")


# ------------------------------------------------------------------ rules: segments


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
            yield _finding([row], what, f"Shorten it to at most {LONGEST_SEGMENT_ID}.")


def fallback_scorecards(scorecards: ScorecardSet) -> Iterator[Finding]:
    by_segment = _group(scorecards.tables["scorecards"], "segment_id")
    for row in scorecards.tables["segments"]:
        segment = row["segment_id"]
        if segment is None:
            continue
        own = by_segment.get((segment,), [])
        if all(other.cells["lifecycle_stage"] for other in own):
            has = "only scorecards for a lifecycle stage" if own else "no scorecard"
            remedy = "Add one with an empty lifecycle_stage to scorecards.csv."
            yield _finding([row], f"segment {segment} has {has}", remedy)


def rules_reach_segments(scorecards: ScorecardSet) -> Iterator[Warned]:
    reached = {row["segment_id"] for row in scorecards.tables["segment_rules"]}
    for row in scorecards.tables["segments"]:
        if row["segment_id"] and row["segment_id"] not in reached:
            what = f"segment {row['segment_id']}: no rule leads to it, so no account is in it"
            yield Warned(_finding([row], what, "Add a row to segment_rules.csv."))


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
            yield _finding([row], what, "Only the last rule may have the operator always.")
    final = [row for row in rows if row["rule_order"] == last]
    if [row["operator"] for row in final] != ["always"]:
        what = f"rule {last}, the last, does not always match: accounts would have no segment"
        yield _finding(final, what, remedy)


def one_segment_per_rule(scorecards: ScorecardSet) -> Iterator[Finding]:
    for (order,), rows in _group(scorecards.tables["segment_rules"], "rule_order").items():
        segments = sorted({row["segment_id"] for row in rows if row["segment_id"]})
        if len(segments) > 1:
            what = f"rule {order} leads to {len(segments)} segments: {', '.join(segments)}"
            remedy = "Conditions of one rule_order belong together; give each rule its own number."
            yield _finding(rows, what, remedy)


def readable_conditions(scorecards: ScorecardSet) -> Iterator[Finding]:
    for row in scorecards.tables["segment_rules"]:
        if row.bad.intersection(("field", "operator")) or row["operator"] is None:
            continue
        problem = _condition_problem(row["field"], row["operator"], row.cells["value"])
        if problem:
            yield _finding([row], label(row.cells) + problem[0], problem[1])


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


# ------------------------------------------------------------------ rules: versions


def one_segment_and_stage_per_scorecard(scorecards: ScorecardSet) -> Iterator[Finding]:
    for (name,), rows in _group(scorecards.tables["scorecards"], "scorecard_id").items():
        whole = [row for row in rows if not row.bad.intersection(("segment_id", "lifecycle_stage"))]
        served = {(row["segment_id"], row["lifecycle_stage"]) for row in whole}
        if len(served) > 1:
            listed = ", ".join(sorted(_served(*pair) for pair in served))
            what = f"scorecard {name}: its versions serve different segments or stages ({listed})"
            yield _finding(whole, what, "Give each segment and stage its own scorecard_id.")


def versions_in_order(scorecards: ScorecardSet) -> Iterator[Finding]:
    for (name,), rows in _group(scorecards.tables["scorecards"], "scorecard_id").items():
        dated = [row for row in rows if row["version"] is not None and row["valid_from"]]
        for (valid_from,), same in _group(dated, "valid_from").items():
            versions = sorted({row["version"] for row in same})
            if len(versions) > 1:
                what = (
                    f"scorecard {name} versions {' and '.join(map(str, versions))}: "
                    f"both are valid from {valid_from}"
                )
                yield _finding(same, what, "Give each version its own valid_from.")
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
                yield _finding([earlier, later], what, "A higher version must begin later.")


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
            yield _finding(same, what, remedy)


def _served(segment: str, stage: str | None) -> str:
    return f"segment {segment}, " + (f"stage {stage}" if stage else "no stage")


# ------------------------------------------------------------------ rules: what a version holds


def weights_sum_to_100(scorecards: ScorecardSet) -> Iterator[Finding | Warned]:
    for row in scorecards.tables["scorecards"]:
        who = _version(row)
        if who is None:
            continue
        indicators = scorecards.of_version("scorecard_indicators", row)
        if not indicators:
            what = f"{who} has no indicators, its weights sum to 0, not 100"
            yield _finding([row], what, "Add its rows to scorecard_indicators.csv.")
            continue
        weights = [_as_decimal(indicator.cells["weight"]) for indicator in indicators]
        if None in weights:
            continue
        total = sum(weights, Decimal(0))
        if total != HUNDRED:
            what = f"{who}: weights sum to {show(total)}, not 100"
            yield _finding(indicators, what, "Change them so that they sum to exactly 100.")
        counted = [row for row, weight in zip(indicators, weights, strict=True) if weight > 0]
        if len(counted) > MOST_INDICATORS:
            what = f"{who}: {len(counted)} indicators have a weight, more than {MOST_INDICATORS}"
            yield Warned(_finding(counted, what, "Four to six are enough in practice."))


def outcome_share_holds(scorecards: ScorecardSet) -> Iterator[Finding]:
    known = scorecards.catalogue.indicators
    for row in scorecards.tables["scorecards"]:
        who, share = _version(row), row["outcome_share"]
        if who is None or share is None:
            continue
        indicators = scorecards.of_version("scorecard_indicators", row)
        if any(one["weight"] is None or one["indicator_id"] not in known for one in indicators):
            continue
        outcome = [
            one for one in indicators if known[one["indicator_id"]]["dimension"] == "outcome"
        ]
        total = sum((one["weight"] for one in outcome), Decimal(0))
        if total != share:
            listed = f" (scorecard_indicators.csv, {_lines(outcome)})" if outcome else ""
            what = (
                f"{who}: outcome_share is {show(share)}, but the weights of its outcome "
                f"indicators sum to {show(total)}{listed}"
            )
            yield _finding([row], what, "Change the weights or the share.")


def bands_span_the_scale(scorecards: ScorecardSet) -> Iterator[Finding]:
    for row in scorecards.tables["scorecards"]:
        who = _version(row)
        if who is None:
            continue
        bands = scorecards.of_version("scorecard_bands", row)
        if not bands:
            yield _finding([row], f"{who} has no bands", "Add its rows to scorecard_bands.csv.")
            continue
        if any(band.bad for band in bands):
            continue
        missing = [name for name in BANDS if name not in {band["band"] for band in bands}]
        if missing:
            what = f"{who}: band {' and '.join(missing)} is missing"
            yield _finding(bands, what, f"Give all of: {', '.join(BANDS)}.")
        yield from _band_edges(who, sorted(bands, key=lambda band: band["lower_bound"]))


def _band_edges(who: str, bands: list[Row]) -> Iterator[Finding]:
    first, last = bands[0], max(bands, key=lambda band: band["upper_bound"])
    for band in bands:
        if band["lower_bound"] >= band["upper_bound"]:
            what = f"{who}: band {band['band']} is empty, {_span(band)}"
            yield _finding([band], what, "Its upper bound must be above its lower bound.")
    if first["lower_bound"] != 0:
        what = f"{who}: bands begin at {show(first['lower_bound'])}, not 0"
        yield _finding([first], what, "Let the lowest band begin at 0.")
    if last["upper_bound"] != HUNDRED:
        what = f"{who}: bands end at {show(last['upper_bound'])}, not 100"
        yield _finding([last], what, "Let the highest band end at 100.")
    for lower, upper in pairwise(bands):
        names = f"{lower['band']} {_span(lower)} and {upper['band']} {_span(upper)}"
        if lower["upper_bound"] > upper["lower_bound"]:
            what = f"{who}: bands overlap, {names}"
            yield _finding([lower, upper], what, "Let each band begin where the one below ends.")
        elif lower["upper_bound"] < upper["lower_bound"]:
            what = f"{who}: gap between bands, {names}"
            yield _finding([lower, upper], what, "Let each band begin where the one below ends.")
        if BANDS.index(lower["band"]) > BANDS.index(upper["band"]):
            what = f"{who}: bands are not in the order {', '.join(BANDS)}: {names}"
            yield _finding([lower, upper], what, "Exchange their bounds.")


def methods_have_what_they_need(scorecards: ScorecardSet) -> Iterator[Finding | Warned]:
    known = scorecards.catalogue.indicators
    for row in scorecards.tables["scorecard_indicators"]:
        method, indicator = row["method"], row["indicator_id"]
        if method is None or indicator not in known or _version(row) is None:
            continue
        who = label(row.cells)
        direction = known[indicator]["direction"]
        if method == "own_baseline" and known[indicator]["has_baseline"].lower() != "true":
            able = [one for one, cells in known.items() if cells["has_baseline"].lower() == "true"]
            what = f"{who}has no baseline, so own_baseline can't be its method"
            yield _finding([row], what, f"Use another method; with a baseline: {', '.join(able)}.")
        if direction == "two_sided" and method in ("linear", "percentile"):
            what = f"{who}is bad at both ends, so {method} can't judge it"
            yield _finding([row], what, "Use the method tiers.")
        if direction == "context" and row["weight"]:
            what = f"{who}is context only, but has weight {show(row['weight'])}"
            yield _finding([row], what, "Set the weight to 0.")
        if method == "linear":
            yield from _linear_ends(row, who, direction)
        elif row.cells["linear_worst"] or row.cells["linear_best"]:
            what = f"{who}linear_worst and linear_best are not read with the method {method}"
            yield Warned(_finding([row], what, "Leave them empty."))


def _linear_ends(row: Row, who: str, direction: str) -> Iterator[Finding | Warned]:
    if row.bad.intersection(("linear_worst", "linear_best")):
        return
    worst, best = row["linear_worst"], row["linear_best"]
    if worst is None or best is None:
        absent = " and ".join(name for name in ("linear_worst", "linear_best") if row[name] is None)
        yield _finding([row], f"{who}the method linear has no {absent}", "Fill it in.")
    elif worst == best:
        what = f"{who}linear_worst and linear_best are both {show(worst)}"
        yield _finding([row], what, "Give two different values.")
    elif direction in ("higher", "lower") and (best > worst) != (direction == "higher"):
        what = f"{who}best {show(best)} and worst {show(worst)}, but {direction} is better"
        yield Warned(_finding([row], what, "Exchange them, unless it is meant so."))


def tiers_have_a_lowest(scorecards: ScorecardSet) -> Iterator[Finding]:
    for tiers in _group(scorecards.tables["scorecard_tiers"], *TIER_SET_KEY).values():
        bounds = [tier["lower_bound"] for tier in tiers]
        if None not in bounds:
            what = (
                f"{label(tiers[0].cells)}there is no lowest tier, "
                f"values below {show(min(bounds))} have no score"
            )
            yield _finding(tiers, what, "Add a tier with an empty lower_bound.")


def methods_have_their_tiers(scorecards: ScorecardSet) -> Iterator[Finding]:
    sets = _group(scorecards.tables["scorecard_tiers"], *TIER_SET_KEY)
    unclear = {_indicator_key(row) for row in scorecards.tables["scorecard_tiers"] if row.bad}
    for row in scorecards.tables["scorecard_indicators"]:
        key = _indicator_key(row)
        if None in key or key in unclear:
            continue
        for tier_set in TIER_SETS.get(row["method"], ()):
            if (*key, tier_set) not in sets:
                what = f"{label(row.cells)}the method {row['method']} has no {tier_set} tiers"
                remedy = f"Add them to scorecard_tiers.csv with the tier_set {tier_set}."
                yield _finding([row], what, remedy)


def tiers_are_read(scorecards: ScorecardSet) -> Iterator[Finding | Warned]:
    methods = {
        _indicator_key(row): row["method"] for row in scorecards.tables["scorecard_indicators"]
    }
    for key, tiers in _group(scorecards.tables["scorecard_tiers"], *TIER_SET_KEY).items():
        who = label(tiers[0].cells)
        if key[:3] not in methods:
            own = sorted(other[2] for other in methods if other[:2] == key[:2] and other[2])
            what = f"{who}the scorecard does not have this indicator{nearest(key[2], own)}"
            yield _finding(tiers, what, "Add it to scorecard_indicators.csv, or remove the tiers.")
            continue
        method = methods[key[:3]]
        if method is not None and key[3] not in TIER_SETS[method]:
            what = f"{who}the indicator's method {method} does not read these tiers"
            yield Warned(_finding(tiers, what, "Remove them."))


def tiers_follow_the_direction(scorecards: ScorecardSet) -> Iterator[Warned]:
    known = scorecards.catalogue.indicators
    for key, tiers in _group(scorecards.tables["scorecard_tiers"], *TIER_SET_KEY).items():
        direction = known.get(key[2], {}).get("direction")
        if direction not in ("higher", "lower") or any(tier.bad for tier in tiers):
            continue
        lowest = Decimal("-Infinity")
        ordered = sorted(
            tiers, key=lambda t: lowest if t["lower_bound"] is None else t["lower_bound"]
        )
        for below, above in pairwise(ordered):
            rises = above["score"] - below["score"]
            if (rises < 0 and direction == "higher") or (rises > 0 and direction == "lower"):
                what = (
                    f"{label(below.cells)}the score goes from {show(below['score'])} to "
                    f"{show(above['score'])} as the value grows, but {direction} is better"
                )
                yield Warned(_finding([below, above], what, "Correct it, unless it is meant so."))
                break


def knock_outs_can_bind(scorecards: ScorecardSet) -> Iterator[Finding]:
    known = scorecards.catalogue.indicators
    for row in scorecards.tables["knock_outs"]:
        if known.get(row["indicator_id"], {}).get("direction") == "context":
            what = f"{label(row.cells)}is context only and can't cap a score by itself"
            yield _finding([row], what, "Use max_days_to_renewal with another indicator.")


RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    ((), no_duplicates),
    (("scorecards",), known_versions),
    (("segments",), known_segments),
    ((), known_indicators),
    ((), known_modules),
    (("cta_rules",), complete_conditions),
    (("segments",), table_names),
    (("segments", "scorecards"), fallback_scorecards),
    (("segments", "segment_rules"), rules_reach_segments),
    (("segment_rules",), one_default_rule_last),
    (("segment_rules",), one_segment_per_rule),
    (("segment_rules",), readable_conditions),
    (("scorecards",), one_segment_and_stage_per_scorecard),
    (("scorecards",), versions_in_order),
    (("scorecards",), one_scorecard_a_day),
    (("scorecards", "scorecard_indicators"), weights_sum_to_100),
    (("scorecards", "scorecard_indicators"), outcome_share_holds),
    (("scorecards", "scorecard_bands"), bands_span_the_scale),
    (("scorecard_indicators",), methods_have_what_they_need),
    (("scorecard_tiers",), tiers_have_a_lowest),
    (("scorecard_indicators", "scorecard_tiers"), methods_have_their_tiers),
    (("scorecard_indicators", "scorecard_tiers"), tiers_are_read),
    (("scorecard_tiers",), tiers_follow_the_direction),
    (("knock_outs",), knock_outs_can_bind),
    *ACTION_RULES,
)


# ------------------------------------------------------------------ helpers


def _version(row: Row) -> str | None:
    if row["scorecard_id"] is None or row["version"] is None:
        return None
    return f"scorecard {row['scorecard_id']} version {row['version']}"


def _indicator_key(row: Row) -> tuple:
    return row["scorecard_id"], row["version"], row["indicator_id"]


def _as_decimal(cell: str) -> Decimal | None:
    """Also of a weight that is refused by itself (a negative one): the sum is told all the same."""
    return Decimal(cell) if NUMBER_PATTERN.fullmatch(cell) else None


def _group(rows: Iterable[Row], *columns: str, empty: bool = False) -> dict[tuple, list[Row]]:
    """Rows by their values; those with an empty or unreadable one are left out unless `empty`."""
    grouped: dict[tuple, list[Row]] = defaultdict(list)
    for row in rows:
        key = tuple(row[column] for column in columns)
        if empty or None not in key:
            grouped[key].append(row)
    return dict(grouped)


def _finding(rows: list[Row], what: str, remedy: str) -> Finding:
    return Finding(rows[0].file, tuple(row.line for row in rows), what, remedy)


def _lines(rows: list[Row]) -> str:
    return show_lines(row.line for row in rows)


def _span(band: Row) -> str:
    return f"{show(band['lower_bound'])} to {show(band['upper_bound'])}"


def _in_file_order(findings: list[Finding]) -> list[str]:
    files = [table.file for table in TABLES.values()]
    ordered = sorted(
        findings,
        key=lambda one: (
            files.index(one.file) if one.file in files else len(files),
            min(one.lines, default=0),
        ),
    )
    return list(dict.fromkeys(str(one) for one in ordered))
