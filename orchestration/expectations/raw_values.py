"""The checks of a raw table's values: empty ones, unlisted ones, numbers, mixes.

Unlisted values block; the others warn, and their limits are learned.
"""

from collections.abc import Iterator
from dataclasses import replace
from statistics import median

from orchestration.base.errors import Block
from orchestration.company import listed
from orchestration.company.limits import TableLimits
from orchestration.expectations import limits as bounds
from orchestration.expectations.checks import FIRST, Check
from orchestration.expectations.context import RawContext
from orchestration.expectations.raw_measures import NUMERIC, QUANTILES, RawMeasures

# Floors of what is learned: below these, movements are noise however steady a table is.
SHARE_FLOOR = 0.05
QUANTILE_FLOOR_RATIO = 0.1


def value_checks(
    measures: RawMeasures, context: RawContext, limits: TableLimits
) -> Iterator[Check]:
    """All of them, for the newest snapshot or for what came since the last published refresh."""
    yield from _null_ratios(measures, context, limits)
    yield from _unlisted(measures, context, limits)
    yield from _quantiles(measures, context, limits)
    yield from _mixes(measures, context, limits)


def _null_ratios(
    measures: RawMeasures, context: RawContext, limits: TableLimits
) -> Iterator[Check]:
    """Empty values of optional columns; required ones are the quarantine's."""
    table = measures.table
    enough = measures.measured_rows >= limits.minimum_rows
    for column in table.columns:
        stated = limits.null_limit_ratios.get(column.name)
        if (column.is_required and stated is None) or column.name not in measures.null_ratios:
            continue
        ratio = measures.null_ratios[column.name]
        check = Check(
            name=f"raw_{table.name}_{column.name}_nulls",
            subject=table.name,
            group="values",
            what=f"share of rows without {column.name}",
            value=ratio if enough or stated is not None else None,
            unit="share",
            about=column.name,
            is_personal=column.is_personal,
        )
        if stated is not None:
            cause = f"{table.name}.{column.name} in load {context.newest_load}"
            block = Block(check.name, table.name, cause, "", ratio, may_be_outage=False)
            yield replace(check, high=stated, is_blocking=True, block=block)
        else:
            known = context.history.values(check.name)
            judged = _warned(check, known, limits.share_limit_ratio, SHARE_FLOOR, limits)
            yield replace(judged, low=_share(judged.low), high=_share(judged.high))


def _unlisted(measures: RawMeasures, context: RawContext, limits: TableLimits) -> Iterator[Check]:
    """Values that a column's list has not, however few its rows."""
    table = measures.table.name
    for column, values in measures.unlisted.items():
        filled = measures.filled.get(column, 0)
        if not filled:
            continue
        name, ratio = f"raw_{table}_{column}_unlisted", sum(rows for _, rows in values) / filled
        cause = f"unlisted {table}.{column} in load {context.newest_load}"
        yield Check(
            name=name,
            subject=table,
            group="values",
            what=f"share of unlisted values ({listed.in_words(table, column, values)})"
            if values
            else f"share of unlisted values of {column}",
            value=ratio,
            unit="share",
            about=column,
            high=limits.unlisted_limit_ratio,
            block=Block(name, table, cause, "", ratio, may_be_outage=False),
            remedy="say in company.yml what they mean (under `reading:`, where it has one):\n    "
            + listed.line_to_add(table, column, values),
        )


def _quantiles(measures: RawMeasures, context: RawContext, limits: TableLimits) -> Iterator[Check]:
    """Median and 90 % quantile of numbers, against what they usually are."""
    table = measures.table
    for column in table.columns:
        if column.data_type not in NUMERIC or column.is_personal:
            continue
        enough = measures.filled.get(column.name, 0) >= limits.minimum_rows
        for quantile in QUANTILES:
            check = Check(
                name=f"raw_{table.name}_{column.name}_{quantile}",
                subject=table.name,
                group="values",
                what=f"{quantile} of {column.name}",
                value=measures.quantiles.get(column.name, {}).get(quantile) if enough else None,
                about=column.name,
            )
            known = context.history.values(check.name)
            usual = max(1.0, abs(median(known))) if known else 1.0
            distance, floor = limits.drift_limit_ratio * usual, QUANTILE_FLOOR_RATIO * usual
            yield _warned(check, known, distance, floor, limits)


def _mixes(measures: RawMeasures, context: RawContext, limits: TableLimits) -> Iterator[Check]:
    """How the values of what is used are mixed, against the mix that is usual."""
    table, enough = measures.table, measures.measured_rows >= limits.minimum_rows
    for column, mix in measures.mixes.items():
        name = f"raw_{table.name}_{column}_mix"
        known = [detail["mix"] for detail in context.history.details(name) if "mix" in detail]
        recent = known[-bounds.REMEMBERED :]
        names = {value for each in recent for value in each}
        usual = {v: sum(each.get(v, 0.0) for each in recent) / len(recent) for v in names}
        check = Check(
            name=name,
            subject=table.name,
            group="values",
            what=f"share of rows whose {column} would have to change to have the usual mix",
            value=bounds.difference(mix, usual) if recent and enough else None,
            unit="share",
            about=column,
            detail={"mix": {v: round(share, 6) for v, share in mix.items()}} if enough else {},
        )
        moved = context.history.values(name)
        if not recent or not enough:
            yield replace(check, not_judged=FIRST if enough else _too_few(limits))
        elif len(moved) < bounds.LEARNED_FROM:
            yield replace(check, high=limits.share_limit_ratio)
        else:
            _, _, high = bounds.learned(moved, limits.share_limit_ratio, SHARE_FLOOR)
            yield replace(check, high=high)


def _warned(
    check: Check, known: list[float], stated: float, floor: float, limits: TableLimits
) -> Check:
    if check.value is None:
        return replace(check, not_judged=_too_few(limits))
    if not known:
        return replace(check, not_judged=FIRST)
    usual, low, high = bounds.learned(known, stated, floor)
    return replace(check, usual=usual, low=low, high=high)


def _share(limit: float | None) -> float | None:
    """A limit that a share can pass; beyond 0 and 1 there is none."""
    return limit if limit is not None and 0 < limit < 1 else None


def _too_few(limits: TableLimits) -> str:
    return f"too few new rows to compare (minimum_rows: {limits.minimum_rows})"
