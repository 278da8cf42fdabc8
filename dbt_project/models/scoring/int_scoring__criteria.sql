-- What each scorecard says of the indicators that it asks for, with what the catalogue says of them.
-- Of one that only a knock-out or a rule asks for, the scorecard says nothing.
with required as (
    select * from {{ ref('int_indicators__required') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

scorecard_indicators as (
    select * from {{ ref('scorecard_indicators') }}
),

criteria as (
    select
        required.scorecard_id,
        required.scorecard_version,
        required.indicator_id,
        indicators.module_id,
        indicators.dimension,
        indicators.direction,
        indicators.unit,
        indicators.phrase,
        indicators.is_rated_by_csm,
        scorecard_indicators.weight,
        scorecard_indicators.method,
        scorecard_indicators.missing_policy,
        coalesce(scorecard_indicators.is_required, false) as is_required,
        scorecard_indicators.linear_worst,
        scorecard_indicators.linear_best
    from required
    inner join indicators on required.indicator_id = indicators.indicator_id
    left join scorecard_indicators
        on
            required.scorecard_id = scorecard_indicators.scorecard_id
            and required.scorecard_version = scorecard_indicators.version
            and required.indicator_id = scorecard_indicators.indicator_id
)

select * from criteria
