"""What a refresh shows at its end, read from what it published.

Belongs here: the few questions to the published marts that tell a person whether the run went well
and where to look first, and how the answers are printed. Nothing is computed that the marts don't
already say; the file is opened read-only.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orchestration.base.errors import HealthError
from orchestration.base.lockdown import open_read_only
from orchestration.company import listed
from orchestration.publishing.version_check import read_manifest
from orchestration.scorecards.tables import BANDS

SHOWN_BANDS = BANDS[::-1]  # the best first
WARNED_SHOWN = 6
OWNERS_SHOWN = 3
SET_ASIDE = {True: "value", False: "row", None: ""}
LONGEST_SHOWN = 140  # a reason in words fits


@dataclass(frozen=True)
class SegmentCounts:
    """Accounts of one segment on the newest date; `bands` counts the scored ones."""

    segment_id: str
    bands: dict[str, int]
    scored: int
    unscored: int


@dataclass(frozen=True)
class UnscoredReason:
    segment_id: str
    reason: str
    accounts: int
    missing: str = ""  # the weighted indicators that these accounts lack most, with their status


@dataclass(frozen=True)
class Late:
    """Rows that arrived more than 35 days after they happened: they miss the dates before."""

    source_table: str
    rows: int


@dataclass(frozen=True)
class Drop:
    """An account that lost points since the cadence row before, and the cause that cost most."""

    account_id: str
    account_name: str
    segment_id: str
    band: str | None
    score: float
    score_change: float
    reason_id: str  # the indicator, or the cause
    reason_points: float
    reason: str


@dataclass(frozen=True)
class QuarantinedRule:
    """Rows as they were landed; one that breaks several rules stands with each of them."""

    source_table: str
    rule: str
    rows: int
    is_value_only: bool | None = False  # their rows stand without the value; None: some do


@dataclass(frozen=True)
class Unlisted:
    """Values that a column's list has not, with their rows, and the line that gives a meaning."""

    source_table: str
    column_name: str
    values: list[tuple[str, int]]
    line_to_add: str


@dataclass(frozen=True)
class OpenCtas:
    """Open calls to action of one owner: a person of staff, or a team."""

    owner: str
    ctas: int


@dataclass(frozen=True)
class Summary:
    """Everything the end of a refresh tells; every value fits into JSON."""

    as_of_date: str | None
    scored: int
    unscored: int
    segments: list[SegmentCounts]
    unscored_reasons: list[UnscoredReason]
    drops: list[Drop]
    quarantined: int  # rows that were set aside
    values_set_aside: int  # rows that stand without a value that was
    quarantined_rules: list[QuarantinedRule]
    unlisted: list[Unlisted]
    late: list[Late]
    open_ctas: list[OpenCtas]
    warned: list[str]  # checks that warned, by name
    marts: str
    parquet: str | None
    next_command: str


def summarise(
    published_duckdb: Path,
    *,
    drop_limit: int = 5,
    quarantine_limit: int = 10,
    next_command: str = "make dagster",
) -> Summary:
    """Read the published file; at most so many drops, and so many rules with quarantined rows."""
    if not published_duckdb.is_file():
        raise HealthError(
            f"{published_duckdb}: nothing is published there yet. Run `make refresh` first."
        )
    # The link is followed once: a later switch to another version can't mix two of them.
    with open_read_only(published_duckdb.resolve()) as marts:
        as_of_date = _set_newest(marts)
        segments = _segments(marts)
        rules = _quarantined(marts)
        quarantined, values_set_aside = _set_aside(marts)
        parquet = published_duckdb.parent / "parquet"
        return Summary(
            as_of_date=as_of_date,
            scored=sum(segment.scored for segment in segments),
            unscored=sum(segment.unscored for segment in segments),
            segments=segments,
            unscored_reasons=_unscored_reasons(marts),
            drops=_drops(marts, drop_limit),
            quarantined=quarantined,
            values_set_aside=values_set_aside,
            quarantined_rules=_first(rules, quarantine_limit),
            unlisted=_unlisted(marts),
            late=_late(marts),
            open_ctas=_open_ctas(marts),
            warned=list(
                read_manifest(published_duckdb.resolve().parent).get("checks_warned") or []
            ),
            marts=str(published_duckdb),
            parquet=str(parquet) if parquet.is_dir() else None,
            next_command=next_command,
        )


def _set_newest(marts: Any) -> str | None:
    """Set the newest date aside for the questions below, as a value: none of them reads others."""
    (newest,) = marts.execute("select max(as_of_date) from marts.fct_account_health").fetchone()
    marts.execute("set variable newest = cast(? as date)", [newest])
    return newest.isoformat() if newest else None


LATEST = """
    with
    latest as (
        select * from marts.fct_account_health where as_of_date = getvariable('newest')
    )
"""


def _segments(marts: Any) -> list[SegmentCounts]:
    counted = marts.execute(
        LATEST
        + """
        select segment_id, is_scored, band, count(*) as accounts
        from latest
        group by segment_id, is_scored, band
        order by segment_id, is_scored, band
        """
    ).fetchall()
    segments: dict[str, SegmentCounts] = {}
    for segment_id, is_scored, band, accounts in counted:
        so_far = segments.get(segment_id) or SegmentCounts(
            segment_id, dict.fromkeys(SHOWN_BANDS, 0), 0, 0
        )
        bands = dict(so_far.bands)
        if is_scored:
            bands[band] = bands.get(band, 0) + accounts
        segments[segment_id] = SegmentCounts(
            segment_id,
            bands,
            so_far.scored + (accounts if is_scored else 0),
            so_far.unscored + (0 if is_scored else accounts),
        )
    return list(segments.values())


def _unscored_reasons(marts: Any) -> list[UnscoredReason]:
    rows = marts.execute(
        LATEST
        + """
        select segment_id, coalesce(unscored_reason, 'no reason given') as reason, count(*) as n
        from latest
        where not is_scored
        group by segment_id, reason
        order by n desc, segment_id, reason
        """
    ).fetchall()
    lacks = _lacking(marts)
    return [
        UnscoredReason(segment, reason, accounts, lacks.get((segment, reason), ""))
        for segment, reason, accounts in rows
    ]


def _lacking(marts: Any, most: int = 3) -> dict[tuple[str, str], str]:
    """The weighted indicators that unscored accounts lack, most frequent first, in words."""
    rows = marts.execute(
        LATEST
        + """
        select
            latest.segment_id,
            coalesce(latest.unscored_reason, 'no reason given') as unscored_because,
            scores.indicator_id || ' (' || replace(scores.status, '_', ' ') || ')' as lacking,
            count(*) as n
        from latest
        inner join marts.fct_indicator_scores as scores
            on latest.account_id = scores.account_id
        where
            scores.as_of_date = getvariable('newest')
            and not latest.is_scored
            and scores.weight > 0
            and case
                when latest.unscored_reason = 'required_indicator_missing'
                    then latest.unscored_explanation like '%: ' || scores.indicator_id
                else scores.status not in ('measured', 'not_applicable')
            end
        group by latest.segment_id, unscored_because, lacking
        order by n desc, lacking
        """
    ).fetchall()
    found: dict[tuple[str, str], list[str]] = {}
    for segment_id, reason, lacking, _ in rows:
        found.setdefault((segment_id, reason), []).append(lacking)
    return {key: ", ".join(names[:most]) for key, names in found.items()}


def _late(marts: Any) -> list[Late]:
    rows = marts.execute(
        """
        select source_table, late_count
        from marts.quality_sources
        where
            late_count > 0
            and refresh_id = (select max(refresh_id) from marts.quality_sources)
        order by source_table
        """
    ).fetchall()
    return [Late(*row) for row in rows]


def _open_ctas(marts: Any) -> list[OpenCtas]:
    """By owner, the most first; what runs by itself comes under that name, last."""
    rows = marts.execute(
        """
        select
            case when owner_kind = 'itself' then 'itself' else coalesce(owner, 'nobody') end
                as owner,
            count(*) as n
        from marts.fct_ctas
        where status = 'open'
        group by all
        """
    ).fetchall()
    return sorted(
        (OpenCtas(*row) for row in rows),
        key=lambda one: (one.owner == "itself", -one.ctas, one.owner),
    )


def _drops(marts: Any, limit: int) -> list[Drop]:
    """The largest falls, each with the cause that cost most (dbt_project/docs/changes.md)."""
    rows = marts.execute(
        LATEST
        + """
        ,
        fallen as (
            select
                latest.account_id,
                latest.segment_id,
                latest.band,
                latest.score,
                totals.score_change
            from latest
            inner join marts.fct_score_change_totals as totals
                on latest.account_id = totals.account_id
            where totals.as_of_date = getvariable('newest') and totals.score_change < 0
            order by totals.score_change, latest.account_id
            limit ?
        ),
        causes as (
            select
                *,
                row_number() over (
                    partition by account_id order by points, cause, indicator_id
                ) as place
            from marts.fct_score_changes
            where
                as_of_date = getvariable('newest')
                and account_id in (select account_id from fallen)
        )
        select
            fallen.account_id,
            coalesce(accounts.account_name, fallen.account_id),
            fallen.segment_id,
            fallen.band,
            fallen.score,
            fallen.score_change,
            coalesce(causes.indicator_id, causes.cause),
            causes.points,
            case when causes.cause <> 'behaviour' then causes.cause || ': ' else '' end
            || coalesce(causes.reason, '')
        from fallen
        inner join causes on fallen.account_id = causes.account_id and causes.place = 1
        left join marts.dim_accounts as accounts on fallen.account_id = accounts.account_id
        order by fallen.score_change, fallen.account_id
        """,
        [limit],
    ).fetchall()
    return [Drop(*row) for row in rows]


def _quarantined(marts: Any) -> list[QuarantinedRule]:
    rows = marts.execute(
        """
        select source_table, rule, cast(sum(occurrence_count) as bigint) as n, is_value_only
        from marts.quality_quarantine
        group by source_table, rule, is_value_only
        order by n desc, source_table, rule
        """
    ).fetchall()
    return [QuarantinedRule(*row) for row in rows]


def _first(rules: list[QuarantinedRule], limit: int) -> list[QuarantinedRule]:
    """At most so many rules, and the others in one."""
    others = sum(rule.rows for rule in rules[limit:])
    return rules[:limit] + ([QuarantinedRule("", "other rules", others, None)] if others else [])


def _set_aside(marts: Any) -> tuple[int, int]:
    """Rows that were set aside, and those of which a value was, each counted once."""
    found = marts.execute(
        """
        select
            cast(coalesce(sum(quarantined_count), 0) as bigint),
            cast(coalesce(sum(value_only_count), 0) as bigint)
        from marts.quality_sources
        where refresh_id = (select max(refresh_id) from marts.quality_sources)
        """
    ).fetchone()
    return found[0], found[1]


def _unlisted(marts: Any) -> list[Unlisted]:
    rows = marts.execute(
        """
        select source_table, column_name, value, row_count
        from marts.quality_unlisted_values
        order by source_table, column_name, row_count desc, value
        """
    ).fetchall()
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for table, column, value, count in rows:
        found.setdefault((table, column), []).append((value, count))
    return [
        Unlisted(*place, values, listed.line_to_add(*place, values))
        for place, values in found.items()
    ]


def to_json(summary: Summary) -> str:
    return json.dumps(asdict(summary), ensure_ascii=False, indent=2)


def render(summary: Summary, console: Any = None) -> None:
    """Print the summary as tables."""
    from rich.console import Console
    from rich.text import Text

    console = console or Console()
    if summary.as_of_date is None:
        console.print("No account was scored: no account is in the published marts.")
    else:
        accounts = summary.scored + summary.unscored
        console.print(
            f"{summary.scored} of {accounts} accounts scored as of {summary.as_of_date}, "
            f"{summary.unscored} unscored"
        )
        console.print(_segment_table(summary))
    if summary.unscored_reasons:
        console.print(
            _table(
                "Why accounts are unscored",
                ("segment", "reason", "accounts", "missing most"),
                [
                    (one.segment_id, one.reason, one.accounts, one.missing)
                    for one in summary.unscored_reasons
                ],
            )
        )
    if summary.drops:
        console.print(_drop_table(summary))
    elif summary.as_of_date is not None:
        console.print("No account lost points since the date before.")
    if summary.quarantined_rules:
        console.print(
            _table(
                _quarantine_title(summary),
                ("table", "rule", "set aside", "rows"),
                [
                    (one.source_table, one.rule, SET_ASIDE[one.is_value_only], one.rows)
                    for one in summary.quarantined_rules
                ],
            )
        )
    else:
        console.print("No row was quarantined.")
    for one in summary.unlisted:
        words = listed.in_words(one.source_table, one.column_name, one.values)
        console.print(
            Text(
                f"Unlisted values of {words}. "
                f"Say in company.yml what they mean:\n    {one.line_to_add}"
            ),
            soft_wrap=True,
        )
    if summary.late:
        tables = ", ".join(f"{one.source_table} {one.rows}" for one in summary.late)
        console.print(
            f"Rows that arrived more than 35 days after their date, which earlier dates therefore "
            f"don't count: {tables}. (dbt_project/docs/time.md says why, and how to land history.)"
        )
    if summary.open_ctas:
        most = ", ".join(
            f"{one.owner} {one.ctas}"
            for one in summary.open_ctas[:OWNERS_SHOWN]
            if one.owner != "itself"
        )
        count = sum(one.ctas for one in summary.open_ctas)
        owned = [one for one in summary.open_ctas if one.owner != "itself"]
        alone = count - sum(one.ctas for one in owned)
        by_itself = f", {alone} of which run by themselves" if alone else ""
        console.print(
            Text(
                f"{count} calls to action open{by_itself}, of {len(owned)} owners; "
                f"the most: {most}."
            ),
            soft_wrap=True,
        )
    if summary.warned:
        more = len(summary.warned) - WARNED_SHOWN
        names = ", ".join(summary.warned[:WARNED_SHOWN]) + (f" and {more} more" if more > 0 else "")
        console.print(
            Text(f"Warned: {names}. See the lines above, and expectations.html beside the marts."),
            soft_wrap=True,
        )
    places = [("Marts", summary.marts), ("Parquet", summary.parquet)]
    for name, value in [*places, ("Next", summary.next_command)]:
        if value:
            console.print(Text(f"{name}: {value}"), soft_wrap=True)


def _quarantine_title(summary: Summary) -> str:
    title = f"{_rows(summary.quarantined)} quarantined"
    if summary.values_set_aside:
        title += f", {_rows(summary.values_set_aside)} without a value that was"
    return title


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"


def _segment_table(summary: Summary) -> Any:
    names = list(dict.fromkeys([*SHOWN_BANDS, *(b for one in summary.segments for b in one.bands)]))
    rows = [
        (one.segment_id, *(one.bands.get(name, 0) for name in names), one.unscored)
        for one in summary.segments
    ]
    return _table("Accounts by segment and band", ("segment", *names, "unscored"), rows)


def _drop_table(summary: Summary) -> Any:
    rows = [
        (
            one.account_name,
            one.segment_id,
            one.band or "",
            f"{one.score:.1f}",
            f"{one.score_change:+.1f}",
            _reason(one),
        )
        for one in summary.drops
    ]
    columns = ("account", "segment", "band", "score", "change", "main reason")
    return _table("Largest drops since the date before", columns, rows)


def _reason(drop: Drop) -> str:
    """The reason with its points, which stay when a long reason is cut."""
    points = f" ({drop.reason_points:+.1f})"
    return _shown(drop.reason, LONGEST_SHOWN - len(points)) + points


def _table(title: str, columns: tuple[str, ...], rows: list[tuple]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    numbers = {"accounts", "rows", "score", "change", "unscored", *BANDS}
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left")
    for row in rows:
        table.add_row(*(Text(_shown(str(cell))) for cell in row))
    return table


def _shown(text: str, longest: int = LONGEST_SHOWN) -> str:
    """Names come from customers' data: nothing that a terminal would obey, nothing endless."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text[: longest * 2])
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
