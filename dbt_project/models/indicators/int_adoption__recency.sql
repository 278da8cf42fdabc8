-- The last day of use known on each date: a running maximum over the dates.
with dates as (
    {{ asked_dates('adoption') }}
),

as_of_dates as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
    where {{ is_module_asked('adoption') }}
),

bounds as (
    select min(as_of_date) as first_date from as_of_dates
),

first_dates as (
    {{ first_dates_from('as_of_dates') }}
),

active_days as (
    select
        days.account_id,
        days.period_ends_on as used_on,
        greatest(days.counts_from, bounds.first_date) as counts_from,
        days.counts_until
    from {{ ref('int_activity__usage_days') }} as days
    cross join bounds
    where days.action_count > 0
),

in_order as (
    select
        active_days.account_id,
        first_dates.as_of_date,
        max(active_days.used_on) as used_on
    from active_days
    inner join first_dates on active_days.counts_from = first_dates.calendar_date
    where active_days.counts_until is null
    group by active_days.account_id, first_dates.as_of_date
    union all
    select
        account_id,
        as_of_date,
        cast(null as date) as used_on
    from dates
),

running as (
    select
        account_id,
        as_of_date,
        max(used_on) over (
            partition by account_id
            order by as_of_date
            range between unbounded preceding and current row
        ) as last_used_on,
        used_on is null as is_date
    from in_order
),

-- days that were deleted or moved later count until then; they are few
ended as (
    select
        dates.account_id,
        dates.as_of_date,
        max(active_days.used_on) as last_used_on
    from dates
    inner join active_days
        on
            dates.account_id = active_days.account_id
            and active_days.counts_from <= dates.as_of_date
            and dates.as_of_date < active_days.counts_until
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
    where running.is_date
)

select * from recency
