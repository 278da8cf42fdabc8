-- Use of a week. A day belongs to its ISO week; an aggregate of a week or month is an even level, which
-- carries on until the next is complete.
with days as (
    select
        *,
        {{ week_ends_on('used_on') }} as week_ends_on
    from {{ ref('int_activity__usage_days') }}
    where used_on = period_ends_on
),

changed_days as (
    select * from days
    {{ where_changed('int_activity__changed_weeks', ['account_id', 'week_ends_on']) }}
),

weeks_of_days as (
    select
        account_id,
        week_ends_on,
        greatest(counts_from, week_ends_on) as counts_from,
        counts_until,
        max(reported_user_count) as reported_user_count,
        sum(action_count) as action_count,
        sum(duration_seconds) / 60 as active_minutes,
        sum(quantity) as quantity
    from changed_days
    group by account_id, week_ends_on, greatest(counts_from, week_ends_on), counts_until
),

-- of single rows only who was active is read: their sums are those of the days
rows_of_days as (
    select
        account_id,
        user_id,
        used_on,
        period_ends_on,
        counts_from,
        counts_until,
        action_count,
        {{ week_ends_on('used_on') }} as week_ends_on
    from {{ rows_to_count() }}
),

-- only aggregates tell of more than a day: no event is read for these
periods as (
    select
        *,
        case when user_id is null then coalesce(active_user_count, 0) else 0 end
            as reported_user_count,
        {{ days_between('used_on', 'period_ends_on') }} + 1 as period_days,
        case
            when {{ days_between('used_on', 'period_ends_on') }} = 6
                then {{ add_days('period_ends_on', 7) }}
            else {{ add_days(
                "cast(date_trunc('month', used_on) + interval '2' month as date)", -1
            ) }}
        end as next_period_ends_on
    from {{ ref('int_activity__usage_rows') }}
    where source_table = 'usage_daily' and used_on < period_ends_on
),

-- a period and the next: at most two months, which touch nine weeks
week_numbers as (
    {%- for number in range(9) %}
    select {{ number }} as week_number{{ " union all" if not loop.last }}
    {%- endfor %}
),

weeks_of_each_period as (
    select
        periods.*,
        {{ add_days(week_ends_on('periods.used_on'), '7 * week_numbers.week_number') }}
            as week_ends_on
    from periods
    cross join week_numbers
),

all_weeks_of_periods as (
    select
        account_id,
        user_id,
        week_ends_on,
        greatest(
            counts_from,
            case when week_ends_on <= period_ends_on then period_ends_on else week_ends_on end
        ) as counts_from,
        case
            when week_ends_on <= period_ends_on then counts_until
            else least(coalesce(counts_until, next_period_ends_on), next_period_ends_on)
        end as counts_until,
        reported_user_count,
        action_count * 7.0 / period_days as action_count,
        duration_seconds * 7 / (60 * period_days) as active_minutes,
        quantity * 7 / period_days as quantity
    from weeks_of_each_period
    where week_ends_on <= next_period_ends_on
),

weeks_of_periods as (
    select * from all_weeks_of_periods
    {{ where_changed('int_activity__changed_weeks', ['account_id', 'week_ends_on']) }}
),

week_rows as (
    select * from weeks_of_days
    union all
    select
        account_id,
        week_ends_on,
        counts_from,
        counts_until,
        reported_user_count,
        action_count,
        active_minutes,
        quantity
    from weeks_of_periods
),

user_rows as (
    select
        account_id,
        user_id,
        week_ends_on,
        greatest(counts_from, week_ends_on) as counts_from,
        counts_until
    from rows_of_days
    where user_id is not null and action_count > 0 and used_on = period_ends_on
    union
    select
        account_id,
        user_id,
        week_ends_on,
        counts_from,
        counts_until
    from weeks_of_periods
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
        count(*) as active_user_count,
        0 as reported_user_count,
        cast(0 as decimal(28, 12)) as action_count,
        cast(0 as decimal(28, 12)) as active_minutes,
        cast(0 as decimal(28, 12)) as quantity
    from user_weeks
    group by account_id, week_ends_on, counts_from, counts_until
    union all
    select
        account_id,
        week_ends_on,
        counts_from,
        counts_until,
        0 as active_user_count,
        max(reported_user_count) as reported_user_count,
        cast(sum(action_count) as decimal(28, 12)) as action_count,
        cast(sum(active_minutes) as decimal(28, 12)) as active_minutes,
        cast(sum(quantity) as decimal(28, 12)) as quantity
    from week_rows
    group by account_id, week_ends_on, counts_from, counts_until
),

usage_weeks as (
    select
        account_id,
        week_ends_on,
        counts_from,
        counts_until,
        cast(sum(active_user_count) as integer) as active_user_count,
        cast(max(reported_user_count) as integer) as reported_user_count,
        cast(sum(action_count) as decimal(28, 12)) as action_count,
        cast(sum(active_minutes) as decimal(28, 12)) as active_minutes,
        cast(sum(quantity) as decimal(28, 12)) as quantity
    from contributions
    where counts_until is null or counts_until > counts_from
    group by account_id, week_ends_on, counts_from, counts_until
)

select * from usage_weeks
