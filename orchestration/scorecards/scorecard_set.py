"""A set of scorecards as its check sees it: the typed rows of all files, and the catalogue."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.scorecards.tables import Finding, Row, read_cells, show_lines

INDICATOR_COLUMNS = [
    "indicator_id",
    "module_id",
    "dimension",
    "unit",
    "direction",
    "has_baseline",
    "definition",
]


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
        by_version = {
            name: grouped(rows, "scorecard_id", "version")
            for name, rows in self.tables.items()
            if name == "scorecards" or name.startswith("scorecard_") or name == "knock_outs"
        }
        object.__setattr__(self, "by_version", by_version)

    def of_version(self, table: str, row: Row) -> list[Row]:
        """The rows of a table that belong to this row's scorecard version."""
        return self.by_version[table].get((row["scorecard_id"], row["version"]), [])


@dataclass(frozen=True)
class Warned:
    """A finding that does not refuse the set."""

    finding: Finding


Rule = Callable[[ScorecardSet], Iterator[Finding | Warned]]


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


def version_label(row: Row) -> str | None:
    if row["scorecard_id"] is None or row["version"] is None:
        return None
    return f"scorecard {row['scorecard_id']} version {row['version']}"


def indicator_key(row: Row) -> tuple:
    return row["scorecard_id"], row["version"], row["indicator_id"]


def grouped(rows: Iterable[Row], *columns: str, empty: bool = False) -> dict[tuple, list[Row]]:
    """Rows by their values; those with an empty or unreadable one are left out unless `empty`."""
    by_key: dict[tuple, list[Row]] = defaultdict(list)
    for row in rows:
        key = tuple(row[column] for column in columns)
        if empty or None not in key:
            by_key[key].append(row)
    return dict(by_key)


def finding(rows: list[Row], what: str, remedy: str) -> Finding:
    return Finding(rows[0].file, tuple(row.line for row in rows), what, remedy)


def line_list(rows: list[Row]) -> str:
    return show_lines(row.line for row in rows)
