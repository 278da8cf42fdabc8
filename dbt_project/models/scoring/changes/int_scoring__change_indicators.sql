-- The weighed indicators that are not what they were on the date before, both ends under the scorecard
-- of now: another score, or counted at one end alone, or filled at one of them.
with previous_dates as (
    select * from {{ ref('int_scoring__change_dates') }}
),

later_scores as (
    select * from {{ ref('int_scoring__indicator_scores') }} where is_own and weight > 0
),

earlier_scores as (
    select * from {{ ref('int_scoring__indicator_scores') }} where counted_weight > 0
),

compared as (
    select
        previous_dates.account_id,
        previous_dates.as_of_date,
        later.indicator_id,
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
    inner join later_scores as later
        on
            previous_dates.account_id = later.account_id
            and previous_dates.as_of_date = later.as_of_date
    left join earlier_scores as earlier
        on
            previous_dates.account_id = earlier.account_id
            and previous_dates.previous_as_of_date = earlier.as_of_date
            and later.scorecard_id = earlier.scorecard_id
            and later.scorecard_version = earlier.scorecard_version
            and later.indicator_id = earlier.indicator_id
),

change_indicators as (
    select * from compared
    where
        (later_weight is not null or earlier_weight is not null)
        and (not is_in_both or later_score is distinct from earlier_score)
)

select * from change_indicators
