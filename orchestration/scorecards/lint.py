"""Can this set of scorecards be used? Every rule that no single cell can break alone.

Runs before any model, at every start, so its imports are light. An error refuses the set, a warning
is shown and the work goes on.
"""

from dataclasses import dataclass
from pathlib import Path

from orchestration.base.errors import BadInput
from orchestration.scorecards.rules import RULES
from orchestration.scorecards.scorecard_set import ScorecardSet, Warned, read_catalogue
from orchestration.scorecards.tables import TABLES, Finding, Row, nearest, read_table


@dataclass(frozen=True)
class LintResult:
    """What is wrong with a set: errors refuse it, warnings do not."""

    errors: list[str]
    warnings: list[str]


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
    errors += _foreign_files(folder) + _missing_playbooks(folder)
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


def _missing_playbooks(folder: Path) -> list[Finding]:
    """Sets that are older than playbooks have neither file; with one alone, the other was lost."""
    playbooks, steps = TABLES["playbooks"].file, TABLES["playbook_steps"].file
    if (folder / playbooks).exists() or not (folder / steps).exists():
        return []
    return [Finding(playbooks, (), f"is missing, and {steps} is there", "Put it back.")]


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
