-- What each weighed indicator was on the date before and is now, both ends under the scorecard of now.
with previous_dates as (
    select * from {{ ref('int_indicators__previous_dates') }}
),

indicator_scores as (
    select * from {{ ref('int_scoring__indicator_scores') }} where weight is not null
),

change_indicators as (
    select
        previous_dates.account_id,
        previous_dates.as_of_date,
        previous_dates.previous_as_of_date,
        later.indicator_id,
        later.module_id,
        later.counted_weight as later_weight,
        later.indicator_score as later_score,
        later.raw_value as later_value,
        later.baseline_value as later_baseline_value,
        earlier.counted_weight as earlier_weight,
        earlier.indicator_score as earlier_score,
        earlier.raw_value as earlier_value,
        -- a filled score that becomes a measured one is no behaviour
        later.counted_weight is not null
        and earlier.counted_weight is not null
        and later.is_filled = earlier.is_filled as is_in_both
    from previous_dates
    inner join indicator_scores as later
        on
            previous_dates.account_id = later.account_id
            and previous_dates.as_of_date = later.as_of_date
            and later.is_own
    left join indicator_scores as earlier
        on
            previous_dates.account_id = earlier.account_id
            and previous_dates.previous_as_of_date = earlier.as_of_date
            and later.scorecard_id = earlier.scorecard_id
            and later.scorecard_version = earlier.scorecard_version
            and later.indicator_id = earlier.indicator_id
)

select * from change_indicators
