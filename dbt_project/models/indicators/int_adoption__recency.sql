-- The last day of use known on each date: a running maximum over days and dates in one order.
with dates as (
    select account_id, as_of_date from {{ ref('int_indicators__account_dates') }}
),

account_days as (
    select
        account_id,
        period_ends_on as used_on,
        counts_from,
        counts_until
    from {{ ref('int_activity__account_days') }}
),

in_order as (
    select
        account_id,
        counts_from as on_date,
        0 as is_date,
        max(used_on) as used_on
    from account_days
    where counts_until is null
    group by account_id, counts_from
    union all
    select
        account_id,
        as_of_date as on_date,
        1 as is_date,
        cast(null as date) as used_on
    from dates
),

running as (
    select
        account_id,
        on_date as as_of_date,
        is_date,
        max(used_on) over (
            partition by account_id
            order by on_date, is_date
            rows between unbounded preceding and current row
        ) as last_used_on
    from in_order
),

-- days that were deleted or moved later count until then; they are few
ended as (
    select
        dates.account_id,
        dates.as_of_date,
        max(account_days.used_on) as last_used_on
    from dates
    inner join account_days
        on
            dates.account_id = account_days.account_id
            and account_days.counts_from <= dates.as_of_date
            and dates.as_of_date < account_days.counts_until
    group by dates.account_id, dates.as_of_date
),

recency as (
    select
        running.account_id,
        running.as_of_date,
        case
            when running.last_used_on is null then ended.last_used_on
            when ended.last_used_on is null then running.last_used_on
            else greatest(running.last_used_on, ended.last_used_on)
        end as last_used_on
    from running
    left join ended
        on running.account_id = ended.account_id and running.as_of_date = ended.as_of_date
    where running.is_date = 1
)

select * from recency
