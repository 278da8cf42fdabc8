"""The figures as people see them: the table and the plot of dbt_project/docs/cost.md.

    python -m benchmarks.scale.page

Of everything that was measured the newest row counts. The text around the table is written by
hand.
"""

from math import log10
from xml.sax.saxutils import escape

from benchmarks.scale import figures
from benchmarks.scale.figures import Figure
from benchmarks.scale.sizes import FULL_HISTORY, SIZES
from orchestration.base.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "dbt_project" / "docs" / "cost.md"
PLOT = PAGE.with_suffix(".svg")
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
CONTENDERS = ("limit, engine only", "limit", "polars", "usual", "project")
NAMES = {
    "limit, engine only": "the limit, to the values alone",
    "limit": "the limit",
    "polars": "polars, streaming",
    "usual": "the usual formulation",
    "project": "this project",
}
RUNS = {"full": "from nothing", "day": "one more day"}
HEADER = (
    "| company | run | way | CPU s | beyond the fixed start | times the limit | wall s | memory MB "
    "| rows that differ | commit |",
    "|---|---|---|---|---|---|---|---|---|---|",
)
# Colours that stay apart for everybody, and in grey.
COLOURS = {
    "limit, engine only": "#b3cde3",
    "limit": "#6497b1",
    "polars": "#e6ab02",
    "usual": "#a6761d",
    "project": "#1b4f72",
}
FIXED = "#c5d3de"
WIDTH, LEFT, RIGHT, BAR, GAP = 820, 190, 90, 18, 30


def write() -> None:
    """The page and its plot."""
    PAGE.write_text(page(), encoding="utf-8")
    PLOT.write_text(plot(shown()), encoding="utf-8")


def page() -> str:
    """The page as it is, with the newest figures between its marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + "\n".join(table(shown())) + "\n\n" + END + after


def shown() -> list[Figure]:
    """The newest figures, in the order in which they are read."""
    found = figures.newest(figures.read())
    order = (
        (size, days, contender, run)
        for size in SIZES
        for days in sorted({key[1] for key in found}, reverse=True)
        for run in RUNS
        for contender in CONTENDERS
    )
    return [found[key] for key in order if key in found]


def table(rows: list[Figure]) -> list[str]:
    lines = list(HEADER)
    for row in rows:
        numbers = [
            _number(row.cpu_seconds) if not row.note else f"more than {_number(row.cpu_seconds)}",
            _number(row.beyond_fixed_cpu_seconds),
            _number(row.ratio_to_limit),
            _number(row.wall_seconds),
            _number(row.memory_mb),
            _number(row.differing_rows),
        ]
        cells = [_company(row), RUNS[row.run], NAMES[row.contender], *numbers, row.commit]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def plot(rows: list[Figure]) -> str:
    """CPU seconds as bars on a scale of powers of ten, a group for each company and run."""
    rows = [row for row in rows if row.scale != "fixed"]
    highest = max((row.cpu_seconds for row in rows), default=1)
    powers = range(-1, max(1, int(log10(highest)) + 2))
    span = (WIDTH - LEFT - RIGHT) / (len(powers) - 1)

    def x(seconds: float) -> float:
        return LEFT + span * max(0.0, log10(max(seconds, 0.1)) - powers[0])

    parts, y, group = [], 24, None
    for row in rows:
        if (row.scale, row.history_days, row.run) != group:
            group = (row.scale, row.history_days, row.run)
            y += GAP
            title = f"{_company(row)}, {RUNS[row.run]}"
            parts.append(_text(12, y - 6, title, "font-weight='bold'"))
        width = x(row.cpu_seconds) - LEFT
        parts.append(_text(LEFT - 8, y + 13, NAMES[row.contender], "text-anchor='end'"))
        parts.append(_bar(LEFT, y, width, COLOURS[row.contender]))
        if row.fixed_cpu_seconds:
            parts.append(_bar(LEFT, y, min(width, x(row.fixed_cpu_seconds) - LEFT), FIXED))
        label = f"{_number(row.cpu_seconds)} s" + (" and more" if row.note else "")
        parts.append(_text(LEFT + width + 6, y + 13, label))
        y += BAR + 4
    lines = []
    for power in powers:
        at = x(10.0**power)
        lines.append(
            f"<line x1='{at:.1f}' y1='30' x2='{at:.1f}' y2='{y}' stroke='#dddddd'/>"
            + _text(at, 22, f"{10.0**power:g} s", "text-anchor='middle' fill='#555555'")
        )
    note = "pale part of this project's bar: the fixed start, whatever is read"
    parts.append(_text(LEFT, y + 22, note, "fill='#555555'"))
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {y + 34}' "
            "role='img' font-family='sans-serif' font-size='12'>",
            "<title>CPU seconds of each way to the same figures, on a scale of powers of ten"
            "</title>",
            f"<rect width='{WIDTH}' height='{y + 34}' fill='#ffffff'/>",
            *lines,
            *parts,
            "</svg>\n",
        ]
    )


def _bar(x: float, y: float, width: float, colour: str) -> str:
    return f"<rect x='{x}' y='{y}' width='{width:.1f}' height='{BAR}' fill='{colour}'/>"


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y}' {more}>{escape(text)}</text>"


def _company(row: Figure) -> str:
    days = "" if row.history_days == FULL_HISTORY else f", {row.history_days} days"
    if row.scale == "fixed":
        return f"20 accounts{days}"
    return f"{row.scale}: {row.accounts:,} accounts, {_millions(row.events)} events{days}"


def _millions(count: int) -> str:
    return f"{count / 1e6:g}M" if count >= 1e5 else f"{count:,}"


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 10 else f"{value:.2f}"


if __name__ == "__main__":
    write()
