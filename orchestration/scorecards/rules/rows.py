"""Names that a row refers to are known, and no key stands twice."""

from collections.abc import Iterator

from orchestration.scorecards.scorecard_set import Rule, ScorecardSet, finding, grouped
from orchestration.scorecards.tables import TABLES, Finding, label, nearest, show


def no_duplicates(scorecards: ScorecardSet) -> Iterator[Finding]:
    for name, rows in scorecards.tables.items():
        key = TABLES[name].key
        whole = [row for row in rows if not row.bad.intersection(key)]
        for same in grouped(whole, *key, empty=True).values():
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
            yield finding(same, label(first.cells) + what, remedy)


def known_versions(scorecards: ScorecardSet) -> Iterator[Finding]:
    versions = scorecards.by_version["scorecards"]
    names = sorted({scorecard_id for scorecard_id, _ in versions})
    for name in ("scorecard_indicators", "scorecard_tiers", "scorecard_bands", "knock_outs"):
        for key, rows in scorecards.by_version.get(name, {}).items():
            if key not in versions:
                hint = "" if key[0] in names else nearest(key[0], names)
                what = f"scorecard {key[0]} version {key[1]} is not in scorecards.csv{hint}"
                yield finding(rows, what, "Add it there, or correct the name or version here.")


def known_segments(scorecards: ScorecardSet) -> Iterator[Finding]:
    segments = [row["segment_id"] for row in scorecards.tables["segments"] if row["segment_id"]]
    for name in ("segment_rules", "scorecards", "cta_rules", "playbooks", "playbook_steps"):
        for row in scorecards.tables.get(name, []):
            segment = row["segment_id"]
            if segment is not None and segment not in segments:
                hint = nearest(segment, segments)
                what = f'{label(row.cells)}unknown segment_id "{segment}"{hint}'
                yield finding([row], what, "Add it to segments.csv, or correct it here.")


def known_indicators(scorecards: ScorecardSet) -> Iterator[Finding]:
    known = scorecards.catalogue.indicators
    for name in ("scorecard_indicators", "knock_outs", "cta_rules"):
        for row in scorecards.tables.get(name, []):
            indicator = row["indicator_id"]
            if indicator is not None and indicator not in known:
                hint = nearest(indicator, known)
                what = f'{label(row.cells)}unknown indicator "{indicator}"{hint}'
                yield finding([row], what, "Use an indicator_id of the catalogue.")


def known_modules(scorecards: ScorecardSet) -> Iterator[Finding]:
    known = scorecards.catalogue.modules
    for name in ("cta_rules", "module_teams"):
        for row in scorecards.tables.get(name, []):
            module = row["module_id"]
            if module is not None and module not in known:
                what = f'{label(row.cells)}unknown module_id "{module}"{nearest(module, known)}'
                yield finding([row], what, f"Use one of: {', '.join(known)}.")


def complete_conditions(scorecards: ScorecardSet) -> Iterator[Finding]:
    columns = ("indicator_id", "operator", "threshold")
    for row in scorecards.tables["cta_rules"]:
        empty = [column for column in columns if row.cells[column] == ""]
        if empty and len(empty) < len(columns):
            what = f"{label(row.cells)}its condition lacks {' and '.join(empty)}"
            yield finding([row], what, "Give indicator, operator and threshold, or none of them.")


RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    ((), no_duplicates),
    (("scorecards",), known_versions),
    (("segments",), known_segments),
    ((), known_indicators),
    ((), known_modules),
    (("cta_rules",), complete_conditions),
)
