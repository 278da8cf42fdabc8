"""From a wide table of values to the rows that are written, in DuckDB's SQL.

Shared by the limit and the usual formulation, which differ in how they come to the values. The
table `measured` has a row for each account and date: `account_id`, `as_of_date`, and for the k-th
indicator `value_k` (null for none) and `gap_k`, the status where there is no measurement (null for
a measured one); `baseline` is the own level that `usage_vs_baseline` is held against.

The words are those of the project: a reader of either finds the same reason.
"""

from pathlib import Path

import duckdb

from benchmarks.scale.scorecard import (
    FEWEST_PEERS,
    NEUTRAL,
    Indicator,
    Scorecard,
    Tier,
    number_text,
)

STATUS_WORDS = {
    "not_applicable": "does not concern this account",
    "too_new": "the account is too new to tell",
    "no_response": "asked, and nobody answered",
    "not_collected": "not collected",
    "stale": "the source is out of date",
}


def write_scores(connection: duckdb.DuckDBPyConnection, card: Scorecard, out: Path) -> None:
    """Normalise, weigh, score and word; `indicator_rows.parquet` and `account_rows.parquet`."""
    out.mkdir(parents=True, exist_ok=True)
    connection.execute("create or replace temp table places as " + _places(card))
    connection.execute("create or replace temp table scored as " + _scored(card))
    rows = " union all ".join(
        f"({_indicator_rows(card, place)})" for place in range(len(card.indicators))
    )
    for name, query in (("indicator_rows", rows), ("account_rows", _account_rows(card))):
        connection.execute(f"copy ({query}) to '{out / name}.parquet' (format parquet)")


def _places(card: Scorecard) -> str:
    """Of each measured value that is judged by percentile, its place among its date's accounts."""
    (place,) = [k for k, one in enumerate(card.indicators) if one.method == "percentile"]
    return f"""
        with counted as (
            select as_of_date, value_{place} as value, count(*) as equal
            from measured
            where gap_{place} is null
            group by as_of_date, value_{place}
        )
        select
            as_of_date,
            value,
            sum(equal) over peers as population,
            100 * (
                coalesce(sum(equal) over (peers order by value rows between unbounded preceding
                and 1 preceding), 0) + 0.5 * (equal - 1)
            ) / nullif(sum(equal) over peers - 1, 0) as score
        from counted
        window peers as (partition by as_of_date)
    """


def _scored(card: Scorecard) -> str:
    """Scores, effective weights and totals of each account and date, still in one row."""
    columns, counted, points, measured, applicable = [], [], [], [], []
    joined = ""
    for k, one in enumerate(card.indicators):
        columns += _score_columns(k, one)
        if one.method == "percentile":
            joined = (
                f"left join places on measured.as_of_date = places.as_of_date and value_{k} = value"
            )
        is_counted = f"gap_{k} is null"
        if one.is_neutral:
            is_counted = f"coalesce(gap_{k}, '') <> 'not_applicable'"
        counted.append(f"case when {is_counted} then {one.weight} else 0 end")
        points.append(f"case when {is_counted} then {one.weight} * score_{k} else 0 end")
        measured.append(f"case when gap_{k} is null then {one.weight} else 0 end")
        applicable.append(
            f"case when coalesce(gap_{k}, '') <> 'not_applicable' then {one.weight} else 0 end"
        )
    return f"""
        with normalised as (
            select measured.*, {", ".join(columns)}
            from measured
            {joined}
        ),
        summed as (
            select
                *,
                {" + ".join(counted)} as counted_weight,
                {" + ".join(points)} as points,
                {" + ".join(measured)} as measured_weight,
                {" + ".join(applicable)} as applicable_weight
            from normalised
        ),
        judged as (
            select
                * exclude (points, measured_weight, applicable_weight),
                coalesce(measured_weight / nullif(applicable_weight, 0), 0) as coverage_ratio,
                case
                    when applicable_weight = 0 then 'nothing_applicable'
                    when measured_weight < {card.minimum_coverage} * applicable_weight
                        then 'coverage_below_minimum'
                    when counted_weight = 0 then 'nothing_measured'
                end as unscored_reason,
                case
                    when applicable_weight > 0 and counted_weight > 0
                        and measured_weight >= {card.minimum_coverage} * applicable_weight
                        then round(points / counted_weight, 12)
                end as weighted_score
            from summed
        )
        select * from judged
    """


def _score_columns(k: int, one: Indicator) -> list[str]:
    """What the method makes of the value: its score, and the tier where it has one."""
    value = f"value_{k}"
    filled = NEUTRAL if one.is_neutral else "null"
    if one.method == "linear":
        score = f"greatest(0, least(100, ({value} - {one.worst}) * 100 / {one.best - one.worst}))"
        return [_own(k, score, filled)]
    if one.method == "percentile":
        return [
            "places.population",
            f"{_tier(value, one.tiers)} as tier_{k}",
            _own(
                k,
                f"case when places.population < {FEWEST_PEERS} "
                f"then {_choice(f'tier_{k}', one.tiers, 'score')} else places.score end",
                filled,
            ),
        ]
    if one.method == "tiers":
        return [
            f"{_tier(value, one.tiers)} as tier_{k}",
            _own(k, _choice(f"tier_{k}", one.tiers, "score"), filled),
        ]
    ratio = f"case when baseline > 0 then {value} / baseline end"
    of_value = _choice(f"tier_{k}", one.tiers, "score")
    of_ratio = _choice("ratio_tier", one.ratio_tiers, "score")
    return [
        f"{_tier(value, one.tiers)} as tier_{k}",
        f"{_tier(ratio, one.ratio_tiers)} as ratio_tier",
        f"coalesce({of_ratio} < {of_value}, false) as is_ratio_binding",
        _own(k, f"least({of_value}, coalesce({of_ratio}, 100))", filled),
    ]


def _own(k: int, score: str, filled: object) -> str:
    return f"case when gap_{k} is null then {score} else {filled} end as score_{k}"


def _tier(value: str, tiers: tuple[Tier, ...]) -> str:
    """Which tier the value is in, counted from 0; compared at nine places."""
    steps = " ".join(
        f"when round({value}, 9) >= {tier.lower_bound} then {place}"
        for place, tier in reversed(list(enumerate(tiers)))
        if tier.lower_bound is not None
    )
    return f"cast(case {steps} when {value} is not null then 0 end as tinyint)"


def _choice(place: str, tiers: tuple[Tier, ...], field: str) -> str:
    listed = [getattr(tier, field) for tier in tiers]
    shown = ", ".join(f"'{one}'" if isinstance(one, str) else str(one) for one in listed)
    return f"([{shown}])[{place} + 1]"


def _number(value: str) -> str:
    return f"rtrim(rtrim(cast(cast({value} as decimal(18, 2)) as varchar), '0'), '.')"


def _fact(one: Indicator, value: str) -> str:
    """The measured fact as the catalogue's phrase puts it."""
    shown = f"{_number(f'100 * {value}')} || ' %'" if one.is_ratio else _number(value)

    def phrase(text: str) -> str:
        quoted = text.replace("'", "''")
        quoted = quoted.replace("{value}", f"' || {shown} || '")
        return "'" + quoted.replace("{baseline}", f"' || {_number('baseline')} || '") + "'"

    plain = phrase(one.phrase)
    if "[" in one.phrase:
        before, _, rest = one.phrase.partition("[")
        inside, _, after = rest.partition("]")
        plain = (
            f"case when baseline is null then {phrase(before)} "
            f"else {phrase(before + inside + after)} end"
        )
    if one.zero_phrase:
        plain = f"case when {value} = 0 then '{one.zero_phrase}' else {plain} end"
    return plain


def _rule(k: int, one: Indicator) -> str:
    """How the method came to the score, with the points."""
    of_score = f"{_number(f'score_{k}')} || ' points'"
    tiers = _choice(f"tier_{k}", _with_points(one.tiers), "text")
    if one.method == "linear":
        unit = " %" if one.is_ratio else ""
        scale = 100 if one.is_ratio else 1
        worst, best = (number_text(scale * end) + unit for end in (one.worst, one.best))
        return f"', between {worst} (worst) and {best} (best): ' || {of_score}"
    if one.method == "percentile":
        return (
            f"case when population < {FEWEST_PEERS} then ', too few peers, ' || {tiers} "
            f"else ', among ' || population || ' accounts: ' || {of_score} end"
        )
    if one.method == "tiers":
        return f"', ' || {tiers}"
    of_ratio = _choice("ratio_tier", _with_points(one.ratio_tiers, " of its own level"), "text")
    return f"', ' || case when is_ratio_binding then {of_ratio} else {tiers} end"


def _with_points(tiers: tuple[Tier, ...], more: str = "") -> tuple[Tier, ...]:
    return tuple(
        Tier(
            tier.lower_bound,
            tier.score,
            f"tier {tier.text}{more}: {number_text(tier.score)} points",
        )
        for tier in tiers
    )


def _indicator_rows(card: Scorecard, k: int) -> str:
    """The rows of one indicator, in the shape of `fct_indicator_scores`."""
    one = card.indicators[k]
    gaps = " ".join(f"when '{status}' then '{words}'" for status, words in STATUS_WORDS.items())
    in_words = f"case gap_{k} {gaps} end"
    if one.is_neutral:
        filled = f": filled with {number_text(NEUTRAL)} points"
        in_words = (
            f"case gap_{k} when 'not_applicable' then {in_words} else {in_words} || '{filled}' end"
        )
    is_filled = f"coalesce(gap_{k}, 'not_applicable') <> 'not_applicable'"
    counted = f"gap_{k} is null or {is_filled}" if one.is_neutral else f"gap_{k} is null"
    effective = (
        f"case when unscored_reason is null and ({counted}) "
        f"then {100 * one.weight} / counted_weight end"
    )
    score = f"case when {counted} then score_{k} end"
    tier = "null"
    method = f"'{one.method}'"
    if one.method in ("tiers", "own_baseline"):
        tier = _choice(f"tier_{k}", one.tiers, "text")
    if one.method == "own_baseline":
        of_ratio = _choice("ratio_tier", one.ratio_tiers, "text")
        tier = f"case when is_ratio_binding then {of_ratio} else {tier} end"
    if one.method == "percentile":
        is_small = f"population < {FEWEST_PEERS}"
        method = f"case when {is_small} then 'tiers' else {method} end"
        tier = f"case when {is_small} then {_choice(f'tier_{k}', one.tiers, 'text')} end"
    baseline = f"case when gap_{k} is null then baseline end"
    return f"""
        select
            account_id,
            as_of_date,
            '{one.name}' as indicator_id,
            '{card.name}' as scorecard_id,
            {card.version} as scorecard_version,
            '{one.module}' as module_id,
            '{one.dimension}' as dimension,
            coalesce(gap_{k}, 'measured') as status,
            case when gap_{k} is null then value_{k} end as raw_value,
            {baseline if one.method == "own_baseline" else "cast(null as double)"} as baseline_value,
            '{one.unit}' as unit,
            case when gap_{k} is null then {method} end as method,
            case when gap_{k} is null then {tier} end as tier,
            cast({score} as double) as indicator_score,
            {is_filled if one.is_neutral else "false"} as is_filled,
            cast({one.weight} as double) as weight,
            cast({effective} as double) as effective_weight,
            cast({effective} * {score} / 100 as double) as contribution,
            cast({effective} * (100 - {score}) / 100 as double) as missing_points,
            case
                when gap_{k} is null then {_fact(one, f"value_{k}")} || {_rule(k, one)}
                else {in_words}
            end as reason
        from scored
    """


def _account_rows(card: Scorecard) -> str:
    """One row per account and date, with the cap and the band."""
    place = card.places[card.cap.indicator]
    is_capped = (
        f"gap_{place} is null and value_{place} >= {card.cap.threshold} "
        f"and weighted_score > {card.cap.cap}"
    )
    bands = " ".join(
        f"when round(score, 6) >= {lower} then '{band}'" for band, lower in reversed(card.bands)
    )
    return f"""
        with capped as (
            select
                account_id,
                as_of_date,
                '{card.name}' as scorecard_id,
                {card.version} as scorecard_version,
                weighted_score,
                case when {is_capped} then '{card.cap.knock_out_id}' end as knock_out_id,
                case when {is_capped} then '{card.cap.reason}' end as knock_out_reason,
                case when {is_capped} then {card.cap.cap} else weighted_score end as score,
                coverage_ratio,
                unscored_reason is null as is_scored,
                unscored_reason
            from scored
        )
        select *, case {bands} end as band from capped
    """
