"""From a wide table of values to the rows that are written, in DuckDB's SQL.

Shared by the limit and the usual formulation, which differ in how they come to the values. The
table `measured` has a row for each account and date: `account_id`, `as_of_date`, and for the k-th
indicator `value_k` (null for none) and `gap_k`, the status where there is no measurement (null for
a measured one); `baseline` is the own level that `usage_vs_baseline` is held against.

Many accounts share a value: what becomes of it, and its words, are made once for each value that
occurs, in a table `facts_k`. The words are those of the project: a reader finds the same reason.
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
    value_text,
)

STATUS_WORDS = {
    "not_applicable": "does not concern this account",
    "too_new": "the account is too new to tell",
    "no_response": "asked, and nobody answered",
    "not_collected": "not collected",
    "stale": "the source is out of date",
}


def create_types(connection: duckdb.DuckDBPyConnection, card: Scorecard) -> None:
    """Words that stand in many rows, as a number each: they are written five times as fast."""
    labels = {card.name, *(one.name for one in card.indicators)}
    for one in card.indicators:
        labels |= {one.module, one.dimension, one.unit, one.method, "tiers"}
        labels |= {tier.text for tier in (*one.tiers, *one.ratio_tiers)}
    for name, words in (("status", STATUS_WORDS | {"measured": ""}), ("label", sorted(labels))):
        listed = ", ".join(f"'{word}'" for word in words)
        connection.execute(f"create type {name} as enum ({listed})")


def gap(rules: list[tuple[str, str]]) -> str:
    """The status of the first condition that holds; null where none does."""
    whens = " ".join(f"when {condition} then '{word}'::status" for condition, word in rules)
    return f"case {whens} end"


def write_scores(connection: duckdb.DuckDBPyConnection, card: Scorecard, out: Path) -> None:
    """Normalise, weigh, score and word; `indicator_rows.parquet` and `account_rows.parquet`."""
    out.mkdir(parents=True, exist_ok=True)
    for k, one in enumerate(card.indicators):
        connection.execute(f"create or replace temp table facts_{k} as {_facts(k, one)}")
    connection.execute(f"create or replace temp table scored as {_scored(card)}")
    rows = " union all ".join(f"({_indicator_rows(card, k)})" for k in range(len(card.indicators)))
    for name, query in (("indicator_rows", rows), ("account_rows", _account_rows(card))):
        connection.execute(f"copy ({query}) to '{out / name}.parquet' (format parquet)")


def _keys(k: int, one: Indicator) -> dict[str, str]:
    """What a fact belongs to: column of `facts_k` → column of `measured`."""
    keys = {"value": f"value_{k}"}
    if one.method == "percentile":
        keys["of_date"] = "as_of_date"
    if one.method == "own_baseline":
        # no level is none below 0: an equality of two nulls would be a slow join
        keys["level"] = "coalesce(baseline, -1)"
    return keys


def _join_facts(k: int, one: Indicator) -> str:
    keys = _keys(k, one).items()
    return f"left join facts_{k} on " + " and ".join(f"{c} = facts_{k}.{key}" for key, c in keys)


def _facts(k: int, one: Indicator) -> str:
    """Each measured value with its score, its tier and its words."""
    keys = ", ".join(f"{column} as {key}" for key, column in _keys(k, one).items())
    value_tier, of_value = _tier("value", one.tiers), _scores("value_tier", one.tiers)
    in_tier = _texts("value_tier", [tier.text for tier in one.tiers])
    columns = {
        "value_tier": f"{value_tier}" if one.tiers else "null",
        "score": of_value,
        "tier": in_tier,
        "method": f"'{one.method}'",
        "rule": f"'tier ' || {in_tier}",
    }
    if one.method == "linear":
        assert one.worst is not None and one.best is not None
        span = one.best - one.worst
        columns["score"] = f"greatest(0, least(100, (value - {one.worst}) * 100 / {span}))"
        worst, best = (value_text(end, one.unit) for end in (one.worst, one.best))
        columns["rule"] = f"'between {worst} (worst) and {best} (best)'"
        columns["tier"] = "null"
    if one.method == "percentile":
        columns |= _among_peers(of_value, in_tier)
    if one.method == "own_baseline":
        columns = _of_own_level(one, of_value, in_tier) | {"method": "'own_baseline'"}
    listed = ", ".join(f"{sql} as {name}" for name, sql in columns.items())
    return f"""
        with counted as (
            select {keys}, count(*) as equal from measured where gap_{k} is null group by all
        ),
        judged as (
            select *, {listed} from counted
            window peers as (partition by {"of_date" if one.method == "percentile" else "1"})
        )
        select
            * exclude (score, tier, method),
            cast(score as double) as score,
            cast(tier as label) as tier,
            cast(method as label) as method,
            {_fact(one)} || ', ' || rule || ': ' || {_number("score")} || ' points' as reason
        from judged
    """


def _among_peers(of_value: str, in_tier: str) -> dict[str, str]:
    """The place among the measured accounts of the date; tiers where these are few."""
    is_few = f"sum(equal) over peers < {FEWEST_PEERS}"
    lower = """
        coalesce(sum(equal) over (
            peers order by value rows between unbounded preceding and 1 preceding
        ), 0)
    """
    place = f"100 * ({lower} + 0.5 * (equal - 1)) / nullif(sum(equal) over peers - 1, 0)"
    return {
        "score": f"case when {is_few} then {of_value} else {place} end",
        "tier": f"case when {is_few} then {in_tier} end",
        "method": f"case when {is_few} then 'tiers' else 'percentile' end",
        "rule": f"case when {is_few} then 'too few peers, tier ' || {in_tier} "
        "else 'among ' || sum(equal) over peers || ' accounts' end",
    }


def _of_own_level(one: Indicator, of_value: str, in_tier: str) -> dict[str, str]:
    """The lower of what the value is worth and what its share of the own level is worth."""
    share = "case when level > 0 then value / level end"
    of_share = _scores("share_tier", one.ratio_tiers)
    is_binding = f"coalesce({of_share} < {of_value}, false)"
    in_share = _texts("share_tier", [tier.text for tier in one.ratio_tiers])
    return {
        "value_tier": _tier("value", one.tiers),
        "share_tier": _tier(share, one.ratio_tiers),
        "score": f"case when {is_binding} then {of_share} else {of_value} end",
        "tier": f"case when {is_binding} then {in_share} else {in_tier} end",
        "rule": f"'tier ' || case when {is_binding} then {in_share} || ' of its own level' "
        f"else {in_tier} end",
    }


def _tier(value: str, tiers: tuple[Tier, ...]) -> str:
    """In which tier the value is, from 0; compared at nine places."""
    steps = " ".join(
        f"when round({value}, 9) >= {tier.lower_bound} then {place}"
        for place, tier in reversed(list(enumerate(tiers)))
        if tier.lower_bound is not None
    )
    return f"case {steps} when {value} is not null then 0 end"


def _scores(place: str, tiers: tuple[Tier, ...]) -> str:
    return f"([{', '.join(str(tier.score) for tier in tiers)}])[{place} + 1]" if tiers else "null"


def _texts(place: str, texts: list[str]) -> str:
    listed = ", ".join(f"'{text}'" for text in texts)
    return f"([{listed}])[{place} + 1]" if texts else "null"


def _number(value: str) -> str:
    return f"rtrim(rtrim(cast(cast({value} as decimal(18, 2)) as varchar), '0'), '.')"


def _fact(one: Indicator) -> str:
    """The measured fact as the catalogue's phrase puts it."""
    shown = f"{_number('100 * value')} || ' %'" if one.unit == "ratio" else _number("value")

    def phrase(text: str) -> str:
        quoted = text.replace("'", "''").replace("{value}", f"' || {shown} || '")
        return "'" + quoted.replace("{baseline}", f"' || {_number('level')} || '") + "'"

    plain = phrase(one.phrase)
    if "[" in one.phrase:
        before, _, rest = one.phrase.partition("[")
        inside, _, after = rest.partition("]")
        whole = phrase(before + inside + after)
        plain = f"case when level < 0 then {phrase(before + after)} else {whole} end"
    if one.zero_phrase:
        plain = f"case when value = 0 then {phrase(one.zero_phrase)} else {plain} end"
    return plain


def _is_counted(k: int, one: Indicator) -> str:
    """Whether the indicator has a score: measured, or filled with the neutral one."""
    is_filled = f" or gap_{k} <> 'not_applicable'" if one.is_neutral else ""
    return f"(gap_{k} is null{is_filled})"


def _scored(card: Scorecard) -> str:
    """The eight scores and what they come to, still in one row for an account and date."""
    scores, counted, points, measured, applicable = [], [], [], [], []
    for k, one in enumerate(card.indicators):
        filled = f"if({_is_counted(k, one)}, {NEUTRAL}, null)" if one.is_neutral else "null"
        scores.append(f"if(gap_{k} is null, facts_{k}.score, {filled})")
        is_applicable = f"gap_{k} is null or gap_{k} <> 'not_applicable'"
        counted.append(f"if({_is_counted(k, one)}, {one.weight}, 0)")
        points.append(f"coalesce({one.weight} * score_{k}, 0)")
        measured.append(f"if(gap_{k} is null, {one.weight}, 0)")
        applicable.append(f"if({is_applicable}, {one.weight}, 0)")
    is_scored = f"""
        applicable_weight > 0 and counted_weight > 0
        and measured_weight >= {card.minimum_coverage} * applicable_weight
    """
    return f"""
        with normalised as (
            select measured.*, {", ".join(f"{sql} as score_{k}" for k, sql in enumerate(scores))}
            from measured
            {" ".join(_join_facts(k, one) for k, one in enumerate(card.indicators))}
        ),
        summed as (
            select
                *,
                {" + ".join(counted)} as counted_weight,
                {" + ".join(points)} as points,
                {" + ".join(measured)} as measured_weight,
                {" + ".join(applicable)} as applicable_weight
            from normalised
        )
        select
            * exclude (points, measured_weight, applicable_weight),
            coalesce(measured_weight / nullif(applicable_weight, 0), 0) as coverage_ratio,
            case
                when applicable_weight = 0 then 'nothing_applicable'
                when measured_weight < {card.minimum_coverage} * applicable_weight
                    then 'coverage_below_minimum'
                when counted_weight = 0 then 'nothing_measured'
            end as unscored_reason,
            case when {is_scored} then round(points / counted_weight, 12) end as weighted_score
        from summed
    """


def _indicator_rows(card: Scorecard, k: int) -> str:
    """The rows of one indicator, in the shape of `fct_indicator_scores`."""
    one = card.indicators[k]
    filled = f": filled with {number_text(NEUTRAL)} points" if one.is_neutral else ""
    in_words = " ".join(
        f"when '{status}' then '{words}{'' if status == 'not_applicable' else filled}'"
        for status, words in STATUS_WORDS.items()
    )
    is_filled = f"coalesce(gap_{k} <> 'not_applicable', false)" if one.is_neutral else "false"
    effective = f"if(unscored_reason is null and {_is_counted(k, one)}, share, null)"
    baseline = f"if(gap_{k} is null, baseline, null)" if one.method == "own_baseline" else "null"
    return f"""
        select
            account_id,
            as_of_date,
            '{one.name}'::label as indicator_id,
            '{card.name}'::label as scorecard_id,
            {card.version} as scorecard_version,
            '{one.module}'::label as module_id,
            '{one.dimension}'::label as dimension,
            coalesce(gap_{k}, 'measured'::status) as status,
            if(gap_{k} is null, value_{k}, null) as raw_value,
            cast({baseline} as double) as baseline_value,
            '{one.unit}'::label as unit,
            if(gap_{k} is null, facts_{k}.method, null) as method,
            if(gap_{k} is null, facts_{k}.tier, null) as tier,
            score_{k} as indicator_score,
            {is_filled} as is_filled,
            cast({one.weight} as double) as weight,
            {effective} as effective_weight,
            {effective} * score_{k} / 100 as contribution,
            {effective} * (100 - score_{k}) / 100 as missing_points,
            case gap_{k} {in_words} else facts_{k}.reason end as reason
        from (select *, {100 * one.weight} / nullif(counted_weight, 0) as share from scored)
        {_join_facts(k, one)}
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
                if({is_capped}, '{card.cap.knock_out_id}', null) as knock_out_id,
                if({is_capped}, '{card.cap.reason}', null) as knock_out_reason,
                cast(if({is_capped}, {card.cap.cap}, weighted_score) as double) as score,
                coverage_ratio,
                unscored_reason is null as is_scored,
                unscored_reason
            from scored
        )
        select *, case {bands} end as band from capped
    """
