with usage_days as (
    select * from {{ ref('int_activity__usage_days') }}
),

bounds as (
    select
        coalesce(min(used_on), date '2000-01-01') as first_on,
        coalesce(max(period_ends_on), date '2000-01-01') as last_on
    from usage_days
),

-- a day belongs to its ISO week
single_days as (
    select
        account_id,
        user_id,
        {{ week_ends_on('used_on') }} as week_ends_on,
        counts_from,
        counts_until,
        active_user_count,
        action_count,
        duration_seconds / 60 as active_minutes,
        quantity
    from usage_days
    where used_on = period_ends_on
),

periods as (
    select
        *,
        {{ days_between('used_on', 'period_ends_on') }} + 1 as period_days,
        case
            when {{ days_between('used_on', 'period_ends_on') }} = 6
                then {{ add_days('period_ends_on', 7) }}
            else {{ add_days(
                "cast(date_trunc('month', used_on) + interval '2' month as date)", -1
            ) }}
        end as next_period_ends_on
    from usage_days
    where used_on < period_ends_on
),

week_ends as (
    {{ week_spine('bounds', 'first_on', add_days('last_on', 38)) }}
),

-- an aggregate of a week or month is an even level; the level carries on until the next is complete
period_weeks as (
    select
        periods.account_id,
        periods.user_id,
        week_ends.week_ends_on,
        greatest(
            periods.counts_from,
            case
                when week_ends.week_ends_on <= periods.period_ends_on then periods.period_ends_on
                else week_ends.week_ends_on
            end
        ) as counts_from,
        case
            when week_ends.week_ends_on <= periods.period_ends_on then periods.counts_until
            else least(
                coalesce(periods.counts_until, periods.next_period_ends_on),
                periods.next_period_ends_on
            )
        end as counts_until,
        periods.active_user_count,
        periods.action_count * 7.0 / periods.period_days as action_count,
        periods.duration_seconds * 7 / (60 * periods.period_days) as active_minutes,
        periods.quantity * 7 / periods.period_days as quantity
    from periods
    inner join week_ends
        on week_ends.week_ends_on between periods.used_on and periods.next_period_ends_on
),

all_week_rows as (
    select * from single_days
    union all
    select * from period_weeks
),

week_rows as (
    select * from all_week_rows
    {{ where_changed('week_ends_on', 'int_activity__changed_weeks', 'week_ends_on') }}
),

user_rows as (
    select
        account_id,
        user_id,
        week_ends_on,
        greatest(counts_from, week_ends_on) as counts_from,
        counts_until
    from week_rows
    where user_id is not null and action_count > 0
),

-- many days of one user are one active user, for as long as one of them is known
user_weeks as (
    {{ unbroken_times('user_rows', ['account_id', 'user_id', 'week_ends_on']) }}
),

contributions as (
    select
        account_id,
        week_ends_on,
        counts_from,
        counts_until,
        1 as active_user_count,
        0 as reported_user_count,
        cast(0 as decimal(28, 6)) as action_count,
        cast(0 as decimal(28, 6)) as active_minutes,
        cast(0 as decimal(28, 6)) as quantity
    from user_weeks
    union all
    select
        account_id,
        week_ends_on,
        greatest(counts_from, week_ends_on) as counts_from,
        counts_until,
        0 as active_user_count,
        max(
            case when user_id is null then coalesce(active_user_count, 0) else 0 end
        ) as reported_user_count,
        cast(sum(action_count) as decimal(28, 6)) as action_count,
        cast(sum(active_minutes) as decimal(28, 6)) as active_minutes,
        cast(sum(quantity) as decimal(28, 6)) as quantity
    from week_rows
    group by account_id, week_ends_on, greatest(counts_from, week_ends_on), counts_until
),

usage_weeks as (
    select
        account_id,
        week_ends_on,
        counts_from,
        counts_until,
        cast(sum(active_user_count) as integer) as active_user_count,
        cast(max(reported_user_count) as integer) as reported_user_count,
        cast(sum(action_count) as decimal(28, 6)) as action_count,
        cast(sum(active_minutes) as decimal(28, 6)) as active_minutes,
        cast(sum(quantity) as decimal(28, 6)) as quantity
    from contributions
    where counts_until is null or counts_until > counts_from
    group by account_id, week_ends_on, counts_from, counts_until
)

select * from usage_weeks
