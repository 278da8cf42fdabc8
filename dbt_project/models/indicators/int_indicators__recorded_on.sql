-- What this company records on each date: from the first one on for which a row counts that says so.
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
),

recorded as (
    select * from {{ ref('int_indicators__recorded') }}
),

recorded_on as (
    select
        calendar.as_of_date,
        recorded.fact
    from calendar
    inner join recorded on calendar.as_of_date >= recorded.counts_from
)

select * from recorded_on
