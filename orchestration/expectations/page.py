"""The result of both gates as one page that needs nothing but itself: no script, no other host.

Published beside the marts, so it shows figures of checks alone: no value of a row, no names of
people, no figure of a personal column.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from orchestration.expectations.checks import Result, limit, measured
from orchestration.expectations.history import History

ORDER = {"blocked": 0, "warned": 1, "passed": 2, "not_judged": 3}
WORDS = {"blocked": "blocked", "warned": "warned", "passed": "passed", "not_judged": "measured"}
WIDTH, HEIGHT, SHOWN = 120, 26, 20
COLUMNS = "".join(f'<col style="width:{width}%">' for width in (11, 34, 22, 20, 13))
STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee5; --back: #fff;
  --card: #f5f7f9; --blocked: #b3261e; --warned: #8a5a00; --passed: #1b6e3c; --not_judged: #5b6675 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #a3adba; --line: #38414d;
  --back: #14181d; --card: #1d232a; --blocked: #ff8a80; --warned: #f2c063; --passed: #7fd6a0;
  --not_judged: #a3adba } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; background: var(--back);
  color: var(--ink); font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 0 .2rem } h2 { font-size: 1.1rem; margin: 2rem 0 .6rem }
p { margin: .2rem 0; color: var(--soft) }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1.2rem 0 }
.tile { flex: 1 1 8rem; padding: .6rem .9rem; background: var(--card); border-radius: .5rem;
  border-left: 4px solid currentColor }
.tile b { display: block; font-size: 1.6rem; line-height: 1.2 } .tile span { color: var(--soft) }
.scroll { overflow-x: auto }
table { width: 100%; min-width: 52rem; table-layout: fixed; border-collapse: collapse }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem;
  border-bottom: 1px solid var(--line) }
th { font-size: .8rem; font-weight: 600; color: var(--soft) }
td.name { font-family: ui-monospace, monospace; font-size: .85rem; overflow-wrap: anywhere }
td small { display: block; color: var(--soft); font: 13px/1.35 system-ui, sans-serif }
.state { font-weight: 600; white-space: nowrap }
.blocked { color: var(--blocked) } .warned { color: var(--warned) } .passed { color: var(--passed) }
.not_judged { color: var(--not_judged) }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0 }
summary { cursor: pointer; padding: .55rem .8rem; font-weight: 600 }
summary span { font-weight: 400; color: var(--soft) } details .scroll { padding: 0 .4rem .4rem }
svg { display: block } svg path { fill: none; stroke: currentColor; stroke-width: 1.5 }
svg rect { fill: var(--line); opacity: .55 } svg circle { fill: currentColor }
"""


@dataclass(frozen=True)
class Heading:
    """What the page is about."""

    company: str
    refresh_id: str
    at: datetime
    gates: tuple[str, ...]


def page(heading: Heading, results: Sequence[Result], history: History) -> str:
    """The whole page."""
    counts = {status: sum(1 for r in results if r.status == status) for status in ORDER}
    title = f"Expectations: {heading.company}"
    attention = sorted(
        (r for r in results if r.status in ("blocked", "warned")), key=lambda r: ORDER[r.status]
    )
    subjects: dict[str, list[Result]] = {}
    for result in results:
        subjects.setdefault(result.check.subject, []).append(result)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>Refresh {escape(heading.refresh_id)}, {heading.at:%Y-%m-%d %H:%M} UTC. "
        f"{_verdict(counts, heading.gates)}</p>",
        "<p>Grey behind a line is what was allowed; the line is what published refreshes had, "
        "its dot this one. “Measured” is kept for later refreshes, and held against nothing yet."
        "</p>",
        f'<div class="tiles">{"".join(_tile(status, counts[status]) for status in ORDER)}</div>',
        "<h2>What needs a look</h2>",
        _table(attention, history) if attention else "<p>Nothing.</p>",
        "<h2>Everything, by table</h2>",
        *(_section(subject, some, history) for subject, some in subjects.items()),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _verdict(counts: dict[str, int], gates: Iterable[str]) -> str:
    if counts["blocked"]:
        return "Blocked: nothing was published, readers keep the last version."
    if "marts" in gates:
        return "Nothing blocked it."
    return "The raw tables passed; the marts were not built yet."


def _tile(status: str, count: int) -> str:
    return f'<div class="tile {status}"><b>{count}</b><span>{WORDS[status]}</span></div>'


def _section(subject: str, results: list[Result], history: History) -> str:
    results = sorted(results, key=lambda result: ORDER[result.status])
    counts = [
        f"{number} {WORDS[status]}"
        for status in ORDER
        if (number := sum(1 for result in results if result.status == status))
    ]
    return (
        f"<details><summary>{escape(subject)} <span>{', '.join(counts)}</span></summary>"
        f"{_table(results, history)}</details>"
    )


def _table(results: Iterable[Result], history: History) -> str:
    rows = "".join(_row(result, history) for result in results)
    return (
        f'<div class="scroll"><table><colgroup>{COLUMNS}</colgroup><thead><tr><th>State</th>'
        "<th>Check</th><th>Measured</th><th>Limit</th><th>History</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(result: Result, history: History) -> str:
    check = result.check
    state = WORDS[result.status]
    if result.acknowledged:
        state += f", acknowledged as {result.acknowledged}"
    shown = result.error or measured(check)
    bound = check.not_judged or limit(check)
    severity = "blocks" if check.is_blocking else "warns"
    return (
        f'<tr><td class="state {result.status}">{escape(state)}</td>'
        f'<td class="name">{escape(check.name)}<small>{escape(check.what)}; {severity}</small></td>'
        f"<td>{escape(shown)}</td><td>{escape(bound)}</td>"
        f"<td>{'' if check.is_personal else _line(result, history)}</td></tr>"
    )


def _line(result: Result, history: History) -> str:
    """What published refreshes measured, up to this one, with the limits behind."""
    check = result.check
    if check.value is None or check.value != check.value:
        return ""
    values = [*history.values(check.name)[-SHOWN:], check.value]
    if len(values) < 2:
        return ""
    bounds = [each for each in (check.low, check.high) if each is not None]
    spread = [*values, *(each for each in bounds if abs(each) <= 4 * max(map(abs, values)) + 1)]
    bottom, top = min(spread), max(spread)
    scale = (HEIGHT - 6) / ((top - bottom) or 1.0)

    def height(value: float) -> float:
        return round(HEIGHT - 3 - (min(max(value, bottom), top) - bottom) * scale, 1)

    step = (WIDTH - 8) / (len(values) - 1)
    points = [(round(4 + number * step, 1), height(each)) for number, each in enumerate(values)]
    path = " ".join(f"{'M' if n == 0 else 'L'}{x} {y}" for n, (x, y) in enumerate(points))
    band = ""
    if bounds and not check.not_judged:
        upper = 0.0 if check.high is None else height(check.high)
        lower = float(HEIGHT) if check.low is None else height(check.low)
        band = f'<rect x="0" y="{upper}" width="{WIDTH}" height="{max(lower - upper, 1)}"/>'
    x, y = points[-1]
    return (
        f'<svg class="{result.status}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{len(values)} values, the last {values[-1]:.6g}">'
        f'{band}<path d="{path}"/><circle cx="{x}" cy="{y}" r="3"/></svg>'
    )
