"""From values to written rows, in polars: the rules and words of scoring.py once more.

Many accounts share a value: what becomes of it is worked out once for each value that occurs, in
plain Python, and joined back.
"""

import math
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.scale.scorecard import (
    FEWEST_PEERS,
    NEUTRAL,
    Indicator,
    Scorecard,
    Tier,
    number_text,
    value_text,
)
from benchmarks.scale.scoring import STATUS_WORDS

FACTS = {"fact_score": pl.Float64, "method": pl.String, "tier": pl.String, "words": pl.String}


def write_scores(measured: pl.DataFrame, card: Scorecard, out: Path) -> None:
    """`indicator_rows.parquet` and `account_rows.parquet`."""
    out.mkdir(parents=True, exist_ok=True)
    facts = [_facts(measured, k, one) for k, one in enumerate(card.indicators)]
    scored = _scored(measured, card, facts)
    rows = [_indicator_rows(scored, card, k, facts[k]) for k in range(len(card.indicators))]
    pl.concat(rows).sink_parquet(out / "indicator_rows.parquet", compression="snappy")
    _account_rows(scored, card).sink_parquet(out / "account_rows.parquet", compression="snappy")


def _keys(k: int, one: Indicator) -> list[str]:
    return [
        f"value_{k}",
        *(["as_of_date"] if one.method == "percentile" else []),
        *(["level"] if one.method == "own_baseline" else []),
    ]


def _facts(measured: pl.DataFrame, k: int, one: Indicator) -> pl.DataFrame:
    """Each measured value with its score, method, tier and words."""
    keys = _keys(k, one)
    found = (
        measured.lazy()
        .with_columns(level=pl.col("baseline").fill_null(-1.0))
        .filter(pl.col(f"gap_{k}").is_null())
        .group_by(keys)
        .agg(equal=pl.len())
        .sort(keys[::-1])
        .collect()
    )
    if one.method == "percentile":
        peers = pl.col("equal").sum().over("as_of_date")
        lower = (pl.col("equal").cum_sum().over("as_of_date") - pl.col("equal")).cast(pl.Float64)
        place = 100 * (lower + 0.5 * (pl.col("equal") - 1)) / (peers - 1)
        found = found.with_columns(peers=peers, place=pl.when(peers > 1).then(place))
    worked = [_fact(one, row, k) for row in found.iter_rows(named=True)]
    frame = pl.DataFrame(worked, schema=FACTS, orient="row")
    return pl.concat([found.select(keys), frame], how="horizontal")


def _fact(one: Indicator, row: dict, k: int) -> tuple[float, str, str | None, str]:
    value = row[f"value_{k}"]
    level = row.get("level", -1.0)
    fact = one.phrase
    if "[" in fact:
        before, _, rest = fact.partition("[")
        inside, _, after = rest.partition("]")
        fact = before + (inside if level >= 0 else "") + after
    if one.zero_phrase and value == 0:
        fact = one.zero_phrase
    fact = fact.replace("{value}", value_text(value, one.unit))
    fact = fact.replace("{baseline}", number_text(level))
    method, tier = one.method, None
    if one.method == "linear":
        assert one.worst is not None and one.best is not None
        worst, best = (value_text(end, one.unit) for end in (one.worst, one.best))
        share = (value - one.worst) * 100 / (one.best - one.worst)
        score, rule = max(0.0, min(100.0, share)), f"between {worst} (worst) and {best} (best)"
    elif one.method == "percentile" and row["peers"] >= FEWEST_PEERS:
        score, rule = row["place"], f"among {row['peers']} accounts"
    else:
        own = _tier(value, one.tiers)
        score, tier, rule = own.score, own.text, f"tier {own.text}"
        if one.method == "percentile":
            method, rule = "tiers", f"too few peers, {rule}"
        if one.method == "own_baseline" and level > 0:
            share = _tier(value / level, one.ratio_tiers)
            if share.score < score:
                score, tier = share.score, share.text
                rule = f"tier {share.text} of its own level"
    return score, method, tier, f"{fact}, {rule}: {number_text(score)} points"


def _tier(value: float, tiers: tuple[Tier, ...]) -> Tier:
    """The tier of the value, compared at nine places."""
    compared = round(value, 9)
    return [
        tier
        for tier in tiers
        if compared >= (-math.inf if tier.lower_bound is None else tier.lower_bound)
    ][-1]


def _is_counted(k: int, one: Indicator) -> pl.Expr:
    gap = pl.col(f"gap_{k}")
    return gap.is_null() | (gap != "not_applicable") if one.is_neutral else gap.is_null()


def _scored(measured: pl.DataFrame, card: Scorecard, facts: list[pl.DataFrame]) -> pl.LazyFrame:
    scored = measured.lazy().with_columns(level=pl.col("baseline").fill_null(-1.0))
    for k, one in enumerate(card.indicators):
        keys = _keys(k, one)
        fact = facts[k].lazy().select(*keys, "fact_score")
        filled = pl.when(_is_counted(k, one)).then(NEUTRAL) if one.is_neutral else pl.lit(None)
        scored = (
            scored.join(fact, on=keys, how="left")
            .with_columns(
                pl.when(pl.col(f"gap_{k}").is_null())
                .then("fact_score")
                .otherwise(filled)
                .alias(f"score_{k}")
            )
            .drop("fact_score")
        )

    def weights(conditions: list[pl.Expr]) -> pl.Expr:
        return pl.sum_horizontal(
            pl.when(condition).then(one.weight).otherwise(0.0)
            for condition, one in zip(conditions, card.indicators, strict=True)
        )

    gaps = [pl.col(f"gap_{k}") for k in range(len(card.indicators))]
    points = pl.sum_horizontal(
        (pl.col(f"score_{k}") * one.weight).fill_null(0.0) for k, one in enumerate(card.indicators)
    )
    measured_weight = pl.col("measured_weight")
    is_low = measured_weight < card.minimum_coverage * pl.col("applicable_weight")
    return (
        scored.with_columns(
            counted_weight=weights([_is_counted(k, one) for k, one in enumerate(card.indicators)]),
            points=points,
            measured_weight=weights([gap.is_null() for gap in gaps]),
            applicable_weight=weights([gap.is_null() | (gap != "not_applicable") for gap in gaps]),
        )
        .with_columns(
            coverage_ratio=pl.when(pl.col("applicable_weight") > 0)
            .then(measured_weight / pl.col("applicable_weight"))
            .otherwise(0.0),
            unscored_reason=pl.when(pl.col("applicable_weight") == 0)
            .then(pl.lit("nothing_applicable"))
            .when(is_low)
            .then(pl.lit("coverage_below_minimum"))
            .when(pl.col("counted_weight") == 0)
            .then(pl.lit("nothing_measured")),
        )
        .with_columns(
            weighted_score=pl.when(pl.col("unscored_reason").is_null()).then(
                (pl.col("points") / pl.col("counted_weight")).round(12)
            )
        )
        # read nine times: kept, not computed again for each
        .collect(engine="streaming")
        .lazy()
    )


def _indicator_rows(
    scored: pl.LazyFrame, card: Scorecard, k: int, facts: pl.DataFrame
) -> pl.LazyFrame:
    one = card.indicators[k]
    gap, score = pl.col(f"gap_{k}"), pl.col(f"score_{k}")
    is_measured = gap.is_null()
    filled = f": filled with {number_text(NEUTRAL)} points" if one.is_neutral else ""
    words = {
        status: text + ("" if status == "not_applicable" else filled)
        for status, text in STATUS_WORDS.items()
    }
    is_filled = (gap != "not_applicable").fill_null(False) if one.is_neutral else pl.lit(False)
    effective = pl.when(pl.col("unscored_reason").is_null() & _is_counted(k, one)).then(
        100 * one.weight / pl.col("counted_weight")
    )
    baseline = (
        pl.when(is_measured).then("baseline")
        if one.method == "own_baseline"
        else pl.lit(None, pl.Float64)
    )
    return scored.join(facts.lazy(), on=_keys(k, one), how="left").select(
        "account_id",
        "as_of_date",
        indicator_id=pl.lit(one.name),
        scorecard_id=pl.lit(card.name),
        scorecard_version=pl.lit(card.version),
        module_id=pl.lit(one.module),
        dimension=pl.lit(one.dimension),
        status=gap.fill_null("measured"),
        raw_value=pl.when(is_measured).then(f"value_{k}"),
        baseline_value=baseline,
        unit=pl.lit(one.unit),
        method=pl.when(is_measured).then("method"),
        tier=pl.when(is_measured).then("tier"),
        indicator_score=score,
        is_filled=is_filled,
        weight=pl.lit(one.weight),
        effective_weight=effective,
        contribution=effective * score / 100,
        missing_points=effective * (100 - score) / 100,
        reason=pl.when(is_measured).then("words").otherwise(gap.replace(words)),
    )


def _account_rows(scored: pl.LazyFrame, card: Scorecard) -> pl.LazyFrame:
    k = card.places[card.cap.indicator]
    is_capped = (
        pl.col(f"gap_{k}").is_null()
        & (pl.col(f"value_{k}") >= card.cap.threshold)
        & (pl.col("weighted_score") > card.cap.cap)
    )
    rounded = pl.col("score").round(6)
    band: Any = pl.when(rounded.is_null()).then(pl.lit(None, pl.String))
    for name, lower in reversed(card.bands):
        band = band.when(rounded >= lower).then(pl.lit(name))
    return scored.select(
        "account_id",
        "as_of_date",
        pl.lit(card.name).alias("scorecard_id"),
        pl.lit(card.version).alias("scorecard_version"),
        "weighted_score",
        pl.when(is_capped).then(pl.lit(card.cap.knock_out_id)).alias("knock_out_id"),
        pl.when(is_capped).then(pl.lit(card.cap.reason)).alias("knock_out_reason"),
        pl.when(is_capped).then(card.cap.cap).otherwise("weighted_score").alias("score"),
        "coverage_ratio",
        pl.col("unscored_reason").is_null().alias("is_scored"),
        "unscored_reason",
    ).with_columns(band=band)
