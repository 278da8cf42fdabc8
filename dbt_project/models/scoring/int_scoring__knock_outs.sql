-- The lowest cap that applies, where it lies below the weighted score.
with measured as (
    select * from {{ ref('int_indicators__measurements') }} where status = 'measured'
),

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

weighted_scores as (
    select * from {{ ref('int_scoring__weighted_scores') }}
),

knock_outs as (
    select * from {{ ref('knock_outs') }}
),

applying as (
    select
        dates.account_id,
        dates.as_of_date,
        knock_outs.knock_out_id,
        knock_outs.indicator_id,
        measured.raw_value,
        knock_outs.reason,
        {{ to_double('knock_outs.cap') }} as cap
    from dates
    inner join knock_outs
        on
            dates.scorecard_id = knock_outs.scorecard_id
            and dates.scorecard_version = knock_outs.version
    inner join measured
        on
            dates.account_id = measured.account_id
            and dates.as_of_date = measured.as_of_date
            and knock_outs.indicator_id = measured.indicator_id
    where {{ knock_out_applies('measured.raw_value', 'knock_outs', 'dates.days_to_renewal') }}
),

ordered as (
    select
        applying.*,
        row_number() over (
            partition by applying.account_id, applying.as_of_date
            order by applying.cap, applying.knock_out_id
        ) as cap_order
    from applying
    inner join weighted_scores
        on
            applying.account_id = weighted_scores.account_id
            and applying.as_of_date = weighted_scores.as_of_date
    where applying.cap < weighted_scores.weighted_score
),

binding as (
    select
        account_id,
        as_of_date,
        knock_out_id,
        indicator_id,
        raw_value,
        cap,
        reason
    from ordered
    where cap_order = 1
)

select * from binding
