"""The checks of one raw table: its measures against its limits and its own history.

Names are stable: `raw_<table>_<what>`. docs/expectations.md lists them all.
"""

from collections.abc import Iterator
from dataclasses import replace

from orchestration.base.errors import Block
from orchestration.company.limits import TableLimits
from orchestration.expectations import limits as bounds
from orchestration.expectations.checks import FIRST, Check
from orchestration.expectations.context import RawContext
from orchestration.expectations.raw_measures import RawMeasures
from orchestration.expectations.raw_values import value_checks
from orchestration.expectations.volume import volume_check


def raw_checks(measures: RawMeasures, context: RawContext) -> list[Check]:
    """All checks of a table; the columns alone where these are not what they should be."""
    table = measures.table
    columns = Check(
        name=f"raw_{table.name}_columns",
        subject=table.name,
        group="shape",
        what="columns of the raw table",
        columns=measures.columns,
        expected_columns=measures.expected_columns,
    )
    if set(measures.columns) != set(measures.expected_columns):
        return [columns]
    limits = context.company.limits(table.name)
    checks = [columns, _new_columns(measures, context), _rows(measures, context, limits)]
    if table.is_state:
        checks.append(_row_count(measures, context, limits))
    else:
        checks.append(volume_check(measures, context, limits))
    checks += _freshness(measures, context, limits)
    return [*checks, *value_checks(measures, context, limits)]


def outage_checks(table: str, context: RawContext) -> Iterator[Check]:
    """A warning for as long as an acknowledged outage goes on: someone has to end it."""
    open_since = [since for since, until in context.outages.get(table, []) if until > context.today]
    if not open_since:
        return
    since = min(open_since)
    noted = [load.number for load in context.loads if table in load.not_taken]
    name = f"raw_{table}_outage"
    yield Check(
        name=name,
        subject=table,
        group="freshness",
        what=f"days of the outage acknowledged since {since}; `--as meant` would end it",
        value=float(max(1, (context.today - since).days)),
        unit="days",
        block=Block(
            check=name,
            table=table,
            cause=f"{table} out since {since}",
            message=f"an outage goes on since {since}",
            load=max(noted, default=context.newest_load),
        ),
    )


def _new_columns(measures: RawMeasures, context: RawContext) -> Check:
    name = measures.table.name
    named = f" ({', '.join(measures.new_columns)})" if measures.new_columns else ""
    return Check(
        name=f"raw_{name}_new_columns",
        subject=name,
        group="shape",
        what=f"columns that nobody asked for{named}, ignored",
        value=float(len(measures.new_columns)),
        unit="columns",
        not_judged="" if context.published_load else FIRST,
    )


def _rows(measures: RawMeasures, context: RawContext, limits: TableLimits) -> Check:
    name = measures.table.name
    why = ""
    if not any(snapshot.rows for snapshot in measures.snapshots):
        why = "it never had rows: not collected"
    elif limits.shrink_limit_ratio >= 1:
        why = f"company.yml lets it go empty (tables.{name}.shrink_limit_ratio: 1)"
    elif measures.snapshots and measures.snapshots[-1].load in context.meant_loads(name):
        why = "acknowledged as meant"
    return Check(
        name=f"raw_{name}_rows",
        subject=name,
        group="volume",
        what="rows of the newest snapshot" if measures.table.is_state else "rows of all loads",
        value=float(measures.rows),
        unit="rows",
        not_judged=why,
    )


def _row_count(measures: RawMeasures, context: RawContext, limits: TableLimits) -> Check:
    """A state table's newest snapshot against earlier ones that were published."""
    name = measures.table.name
    published = context.published_load
    meant = max(context.meant_loads(name), default=0)
    newest = measures.snapshots[-1] if measures.snapshots else None
    known = [
        float(snapshot.rows)
        for snapshot in measures.snapshots[:-1]
        if meant <= snapshot.load <= published
    ]
    check = Check(
        name=f"raw_{name}_row_count",
        subject=name,
        group="volume",
        what="rows of the newest snapshot, against those before",
        value=float(newest.rows) if newest else 0.0,
        unit="rows",
    )
    if newest is None or newest.load <= published:
        return replace(check, not_judged="no new snapshot" if published else FIRST)
    if newest.load == meant:
        return replace(check, not_judged="acknowledged as meant: the measure from now on")
    if not known:
        return replace(check, not_judged=FIRST)
    usual, low, high = bounds.widened(
        known,
        limits.shrink_limit_ratio,
        limits.growth_limit_ratio,
        is_stated=(limits.states("shrink_limit_ratio"), limits.states("growth_limit_ratio")),
    )
    block = Block(
        check=check.name,
        table=name,
        cause=f"{name} in load {newest.load}",
        message="",
        measured=float(newest.rows),
        load=newest.load,
    )
    return replace(
        check,
        usual=usual,
        low=None if limits.shrink_limit_ratio >= 1 else low,
        high=max(high, float(limits.minimum_rows)),  # a few rows more are no growth
        block=block,
    )


def _freshness(measures: RawMeasures, context: RawContext, limits: TableLimits) -> Iterator[Check]:
    """Days from the newest thing that happened to the day that the refresh speaks for."""
    name, newest, as_of = measures.table.name, measures.newest, context.as_of
    if newest is None or as_of is None:
        return
    lag = float(max(0, (as_of - newest).days))
    allowed, blocking = limits.allowed_lag_days, limits.lag_that_blocks
    yield Check(
        name=f"raw_{name}_lag",
        subject=name,
        group="freshness",
        what=f"days from its newest row ({newest}) to {as_of}; beyond, it is stale",
        value=lag,
        unit="days",
        high=None if allowed is None else float(allowed),
        not_judged="no allowed_lag_days in company.yml" if allowed is None else "",
    )
    if blocking is not None:
        yield Check(
            name=f"raw_{name}_lag_limit",
            subject=name,
            group="freshness",
            what=f"days from its newest row ({newest}) to {as_of}",
            value=lag,
            unit="days",
            high=float(blocking),
            block=Block(
                check=f"raw_{name}_lag_limit",
                table=name,
                cause=f"{name} newest {newest}",
                message="",
                measured=lag,
            ),
        )
