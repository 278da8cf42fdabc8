"""The files of a scorecard set: their columns, and how a cell is read.

Belongs here: the list of files, columns and allowed values, and reading one file into typed rows
with line numbers. Rules that look at more than one cell live in `lint`.
"""

import csv
import difflib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

ID_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
NUMBER_PATTERN = re.compile(r"-?\d+(\.\d+)?")
WHOLE_PATTERN = re.compile(r"-?\d+")
DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}")
LARGEST_INTEGER = 2**31 - 1
KEPT_PLACES = 6  # the warehouse's decimals; more would be rounded, and a sum of 100 lost

STAGES = ("onboarding", "adoption", "renewal")
BANDS = ("unhealthy", "fair", "healthy")
COMPARISONS = ("<", "<=", ">", ">=", "=")
SEVERITIES = ("low", "medium", "high", "urgent")
LEVELS = ("owner", "team_lead", "other_team", "executive_sponsor")
NUMBER_FIELDS = ("employee_count", "yearly_value_amount", "seats", "units")
TEXT_FIELDS = ("customer_type", "industry", "region", "plan", "parent_account_id", "currency")
BOOLEAN_FIELDS = ("is_key_account",)
RULE_OPERATORS = ("=", "!=", "in", ">=", ">", "<=", "<")
RULE_OPERATORS_WITHOUT_VALUE = ("is_true", "is_null", "not_null", "always")


@dataclass(frozen=True)
class Column:
    """One column: what its cells may hold. `whole_digits` are those that the warehouse keeps.

    One that `came_later` than the first release may be absent, as if all its cells were empty: sets
    that were written before stay valid.
    """

    name: str
    kind: str = "text"  # text, id, integer, number, date, boolean
    required: bool = True
    choices: tuple[str, ...] = ()
    at_least: Decimal | None = None
    more_than: Decimal | None = None
    at_most: Decimal | None = None
    whole_digits: int = 12
    came_later: bool = False


@dataclass(frozen=True)
class Table:
    """One file. One that is `new` since the first release may be absent, as if it had no rows."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    new: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def header(self) -> bytes:
        return (",".join(column.name for column in self.columns) + "\n").encode()

    @property
    def came_later(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.came_later)


@dataclass
class Row:
    """One line of a file. A cell that is empty or can't be read is None; `bad` names the latter."""

    file: str
    line: int
    cells: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)

    def __getitem__(self, column: str) -> Any:
        return self.values[column]


@dataclass(frozen=True)
class Finding:
    """One thing wrong: file, lines, what (with whose it is), what to do."""

    file: str
    lines: tuple[int, ...]
    what: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.file}, {show_lines(self.lines)}" if self.lines else self.file
        return f"{where}: {self.what}. {self.remedy}"


ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
_SCORECARD = (Column("scorecard_id", "id"), Column("version", "integer", at_least=ONE))


def _percent(name: str, required: bool = True, came_later: bool = False) -> Column:
    limits: dict[str, Any] = {"at_least": ZERO, "at_most": HUNDRED, "whole_digits": 3}
    return Column(name, "number", required, came_later=came_later, **limits)


def _days(name: str, required: bool = False) -> Column:
    return Column(name, "integer", required, at_least=ZERO)


TABLES = {
    table.name: table
    for table in (
        Table(
            "segments",
            (
                Column("segment_id", "id"),
                Column("segment_name"),
                Column("description", required=False),
                _days("onboarding_days"),
                _days("renewal_days"),
            ),
            key=("segment_id",),
        ),
        Table(
            "segment_rules",
            (
                Column("rule_order", "integer", at_least=ONE),
                Column("segment_id", "id"),
                Column(
                    "field", required=False, choices=TEXT_FIELDS + BOOLEAN_FIELDS + NUMBER_FIELDS
                ),
                Column("operator", choices=RULE_OPERATORS + RULE_OPERATORS_WITHOUT_VALUE),
                Column("value", required=False),
            ),
            key=("rule_order", "segment_id", "field", "operator", "value"),
        ),
        Table(
            "scorecards",
            (
                *_SCORECARD,
                Column("segment_id", "id"),
                Column("lifecycle_stage", required=False, choices=STAGES),
                Column("scorecard_name"),
                Column("valid_from", "date"),
                Column("cadence", choices=("daily", "weekly", "monthly", "quarterly")),
                Column("grading", choices=("score", "ctas", "worse")),
                Column("minimum_coverage", "number", more_than=ZERO, at_most=ONE, whole_digits=3),
                _percent("outcome_share", required=False),
                _percent("outcome_cutoff", required=False, came_later=True),
                _percent("experience_cutoff", required=False, came_later=True),
            ),
            key=("scorecard_id", "version"),
        ),
        Table(
            "scorecard_indicators",
            (
                *_SCORECARD,
                Column("indicator_id", "id"),
                Column("weight", "number", at_least=ZERO, whole_digits=3),
                Column("method", choices=("tiers", "linear", "percentile", "own_baseline")),
                Column("missing_policy", choices=("exclude", "neutral")),
                Column("is_required", "boolean"),
                Column("linear_worst", "number", required=False),
                Column("linear_best", "number", required=False),
            ),
            key=("scorecard_id", "version", "indicator_id"),
        ),
        Table(
            "scorecard_tiers",
            (
                *_SCORECARD,
                Column("indicator_id", "id"),
                Column("tier_set", choices=("value", "baseline_ratio")),
                Column("lower_bound", "number", required=False),
                _percent("score"),
            ),
            key=("scorecard_id", "version", "indicator_id", "tier_set", "lower_bound"),
        ),
        Table(
            "scorecard_bands",
            (
                *_SCORECARD,
                Column("band", choices=BANDS),
                _percent("lower_bound"),
                _percent("upper_bound"),
            ),
            key=("scorecard_id", "version", "band"),
        ),
        Table(
            "knock_outs",
            (
                *_SCORECARD,
                Column("knock_out_id", "id"),
                Column("indicator_id", "id"),
                Column("operator", choices=COMPARISONS),
                Column("threshold", "number"),
                _days("max_days_to_renewal"),
                _percent("cap"),
                Column("reason"),
            ),
            key=("scorecard_id", "version", "knock_out_id"),
        ),
        Table(
            "cta_rules",
            (
                Column("rule_id", "id"),
                Column("segment_id", "id", required=False),
                Column("lifecycle_stage", required=False, choices=STAGES),
                Column("module_id", "id"),
                Column("indicator_id", "id", required=False),
                Column("operator", required=False, choices=COMPARISONS),
                Column("threshold", "number", required=False),
                Column("kind", choices=("risk", "opportunity")),
                Column("severity", choices=SEVERITIES),
                Column("playbook_id", "id", required=False),
                Column("owning_team", required=False),
                Column("owner_role", required=False),
                _days("due_in_days"),
                _days("quiet_days"),
                Column("is_red", "boolean", required=False, came_later=True),
            ),
            key=("rule_id",),
        ),
        Table(
            "playbooks",
            (
                Column("playbook_id", "id"),
                Column("segment_id", "id", required=False),
                Column("playbook_name"),
                Column("runs_by_itself", "boolean"),
                Column("description", required=False),
            ),
            key=("playbook_id", "segment_id"),
            new=True,
        ),
        Table(
            "playbook_steps",
            (
                Column("playbook_id", "id"),
                Column("segment_id", "id", required=False),
                Column("step_id", "id"),
                Column("step_order", "integer", at_least=ONE),
                Column("step"),
                Column("owner_role", required=False),
                _days("due_in_days"),
            ),
            key=("playbook_id", "segment_id", "step_id"),
            new=True,
        ),
        Table(
            "escalations",
            (
                Column("severity", choices=SEVERITIES),
                _days("days_open", required=True),
                Column("level", choices=LEVELS),
                Column("team", required=False),
            ),
            key=("severity", "days_open"),
            new=True,
        ),
        Table(
            "module_teams",
            (
                Column("module_id", "id"),
                Column("owning_team"),
                Column("ctas_for_red", "integer", at_least=ONE),
            ),
            key=("module_id",),
            new=True,
        ),
    )
}


def read_table(folder: Path, table: Table) -> tuple[list[Row] | None, list[Finding]]:
    """The rows of one file, None where the file as a whole can't be taken, and what is wrong."""
    names = [column.name for column in table.columns]
    cells, findings = read_cells(folder / table.file, names, may_lack=table.came_later)
    if cells is None:
        return None, findings
    rows = []
    for line, row_cells in cells:
        row = Row(table.file, line, row_cells)
        for column in table.columns:
            value, what, remedy = read_cell(column, row_cells[column.name])
            row.values[column.name] = value
            if what:
                row.bad.add(column.name)
                findings.append(Finding(row.file, (line,), f"{label(row_cells)}{what}", remedy))
        rows.append(row)
    return rows, findings


def read_cells(
    path: Path, columns: list[str], *, exact: bool = True, may_lack: Iterable[str] = ()
) -> tuple[list[tuple[int, dict[str, str]]] | None, list[Finding]]:
    """Line number and cells of each row. With `exact`, columns that are not named are refused."""
    lacked = dict.fromkeys(may_lack, "")
    file = path.name
    if not path.is_file():
        remedy = "Add it; a table without rows is a file with its header line alone."
        return None, [Finding(file, (), "the file is missing", remedy)]
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None, [Finding(file, (), "the file is not UTF-8 text", "Save it as CSV in UTF-8.")]
    if "\0" in text:
        return None, [Finding(file, (), "the file holds a NUL character", "Save it as plain CSV.")]

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if cells:
                lines.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        remedy = "Check the quotes of this line and of those before it."
        return None, [Finding(file, (line,), f"the line can't be read ({error})", remedy)]
    if not lines:
        remedy = f"Its first line must be: {','.join(columns)}."
        return None, [Finding(file, (), "the file is empty", remedy)]

    findings = _check_header(file, lines[0][1], columns, lacked, exact=exact)
    if findings:
        return None, findings
    header = lines[0][1]
    rows = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            what = f"the row has {len(cells)} cells, the header has {len(header)}"
            findings.append(Finding(file, (line,), what, "Check its commas and quotes."))
        else:
            rows.append((line, lacked | dict(zip(header, cells, strict=True))))
    return rows, findings


def with_every_column(path: Path) -> bytes:
    """The content of a set's file, with empty cells for columns that came later than it."""
    table = TABLES.get(path.stem)
    content = path.read_bytes()
    if table is None or not table.came_later:
        return content
    header, *rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) if row]
    lacked = [name for name in table.came_later if name not in header]
    if not lacked:
        return content
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\n").writerows(
        [[*header, *lacked], *([*row, *("" for _ in lacked)] for row in rows)]
    )
    return written.getvalue().encode()


def _check_header(
    file: str, header: list[str], columns: list[str], may_lack: Iterable[str], *, exact: bool
) -> list[Finding]:
    if len(header) == 1 and ";" in header[0]:
        what = "its columns are separated by semicolons"
        return [Finding(file, (1,), what, "Save it with commas between the columns.")]
    missing = [column for column in columns if column not in header and column not in may_lack]
    findings = [
        Finding(file, (1,), f'column "{column}" is missing', "Add it to the header and each row.")
        for column in missing
    ]
    for column in dict.fromkeys(header):
        if header.count(column) > 1:
            what = f'column "{column}" occurs {header.count(column)} times'
            findings.append(Finding(file, (1,), what, "Keep one of them."))
        if exact and column not in columns:
            what = f'unknown column "{column}"{nearest(column, missing or columns)}'
            findings.append(Finding(file, (1,), what, "Rename or remove it."))
    return findings


def read_cell(column: Column, cell: str) -> tuple[Any, str, str]:
    """Value, what is wrong, and what to do; the last two are empty where the cell is right."""
    if cell != cell.strip() and column.kind != "text":
        return None, f'{column.name} "{cell}" has spaces around it', "Remove them."
    if cell.strip() == "":
        if column.required:
            return None, f"{column.name} is empty", "Fill it in."
        return None, "", ""
    if cell.strip().lower() == "null":  # dbt loads the word as no value
        return None, f'{column.name} is "{cell}"', "Leave the cell empty, or use another word."
    if column.choices:
        if cell in column.choices:
            return cell, "", ""
        what = f'unknown {column.name} "{cell}"{nearest(cell, column.choices)}'
        return None, what, f"Use one of: {', '.join(column.choices)}."
    if column.kind == "id":
        if ID_PATTERN.fullmatch(cell):
            return cell, "", ""
        what = f'{column.name} "{cell}" is not an id'
        return None, what, "Use small letters, digits and _ only, beginning with a letter."
    if column.kind == "boolean":
        if cell.lower() in ("true", "false"):
            return cell.lower() == "true", "", ""
        return None, f'{column.name} "{cell}" is not true or false', "Write true or false."
    if column.kind == "date":
        return _read_date(column, cell)
    if column.kind in ("integer", "number"):
        return _read_number(column, cell)
    return cell, "", ""


def _read_date(column: Column, cell: str) -> tuple[Any, str, str]:
    try:
        if DATE_PATTERN.fullmatch(cell):
            return date.fromisoformat(cell), "", ""
    except ValueError:
        pass
    return None, f'{column.name} "{cell}" is not a date', "Write it as 2025-01-31."


def _read_number(column: Column, cell: str) -> tuple[Any, str, str]:
    name = column.name
    if column.kind == "integer":
        if not WHOLE_PATTERN.fullmatch(cell):
            return None, f'{name} "{cell}" is not a whole number', "Write digits only."
        if abs(int(cell)) > LARGEST_INTEGER:
            return None, f'{name} "{cell}" is too large', f"At most {LARGEST_INTEGER}."
    elif not NUMBER_PATTERN.fullmatch(cell):
        remedy = "Write digits, with a point before decimals and nothing else."
        return None, f'{name} "{cell}" is not a number', remedy
    number = Decimal(cell)
    whole, _, places = cell.lstrip("-").partition(".")
    if len(whole.lstrip("0")) > column.whole_digits or len(places.rstrip("0")) > KEPT_PLACES:
        remedy = f"Only {column.whole_digits} before the point and {KEPT_PLACES} after it are kept."
        return None, f"{name} {cell} has too many digits", remedy
    if column.at_least is not None and number < column.at_least:
        return None, f"{name} is {show(number)}, below {column.at_least}", _range(column)
    if column.more_than is not None and number <= column.more_than:
        return None, f"{name} is {show(number)}, not above {column.more_than}", _range(column)
    if column.at_most is not None and number > column.at_most:
        return None, f"{name} is {show(number)}, above {column.at_most}", _range(column)
    return (int(number) if column.kind == "integer" else number), "", ""


def _range(column: Column) -> str:
    limits = [
        f"at least {column.at_least}" if column.at_least is not None else "",
        f"more than {column.more_than}" if column.more_than is not None else "",
        f"at most {column.at_most}" if column.at_most is not None else "",
    ]
    return f"It must be {' and '.join(limit for limit in limits if limit)}."


LABELS = {
    "knock_out_id": "knock-out",
    "indicator_id": "indicator",
    "tier_set": "tier set",
    "band": "band",
}
WHOSE = (
    ("rule_order", "rule"),
    ("rule_id", "rule"),
    ("segment_id", "segment"),
    ("severity", "escalation of"),
    ("module_id", "module"),
)


def label(cells: dict[str, Any]) -> str:
    """Whose row it is, as the beginning of a message."""
    if cells.get("scorecard_id"):
        parts = [f"scorecard {cells['scorecard_id']} version {cells.get('version')}"]
        for column, word in LABELS.items():
            if cells.get(column):
                parts.append(f"{word} {cells[column]}")
        return ", ".join(parts) + ": "
    if cells.get("playbook_id") and not cells.get("rule_id"):
        of_segment = f" of segment {cells['segment_id']}" if cells.get("segment_id") else ""
        step = f", step {cells['step_id']}" if cells.get("step_id") else ""
        return f"playbook {cells['playbook_id']}{of_segment}{step}: "
    for column, word in WHOSE:
        if cells.get(column):
            return f"{word} {cells[column]}: "
    return ""


def nearest(value: str, known: Iterable[str]) -> str:
    """The closest known name as a question, or nothing where none is close."""
    close = difflib.get_close_matches(value.strip().lower(), list(known), n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""


def show(number: Decimal) -> str:
    """A decimal as a person writes it: 105, not 105.00 or 1.05E+2."""
    return format(number.normalize(), "f") if number else "0"


def show_lines(lines: Iterable[int]) -> str:
    """`line 2`, or `lines 2-4, 8`."""
    spans: list[list[int]] = []
    for line in sorted(set(lines)):
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    text = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)
    return f"line {text}" if len(spans) == 1 and spans[0][0] == spans[0][1] else f"lines {text}"
