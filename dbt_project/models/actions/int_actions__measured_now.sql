-- What is measured of each account on the newest date, with what it is worth: what levers start from.
with asked as (
    {{ judged_indicators() }}
),

dates as (
    select * from {{ ref('int_scoring__scored_dates') }} where is_newest
),

criteria as (
    select * from {{ ref('int_scoring__criteria') }}
),

weighted_scores as (
    select * from {{ ref('int_scoring__weighted_scores') }}
),

measured_now as (
    select
        asked.account_id,
        asked.as_of_date,
        asked.indicator_id,
        asked.scorecard_id,
        asked.scorecard_version,
        criteria.module_id,
        asked.raw_value,
        asked.baseline_value,
        criteria.method as stated_method,
        asked.method,
        asked.population,
        criteria.linear_worst,
        criteria.linear_best,
        asked.weight,
        asked.indicator_score,
        {{ to_double(effective_weight(
            to_double('asked.counted_weight'), 'weighted_scores.counted_weight'
        )) }} as effective_weight
    from asked
    inner join dates
        on
            asked.account_id = dates.account_id
            and asked.as_of_date = dates.as_of_date
    inner join criteria
        on
            asked.scorecard_id = criteria.scorecard_id
            and asked.scorecard_version = criteria.scorecard_version
            and asked.indicator_id = criteria.indicator_id
    inner join weighted_scores
        on
            asked.account_id = weighted_scores.account_id
            and asked.as_of_date = weighted_scores.as_of_date
    where asked.status = 'measured'
)

select * from measured_now
