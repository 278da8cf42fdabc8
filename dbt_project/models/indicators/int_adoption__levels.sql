-- Use in the last complete ISO week and in the one before, beside the account's own earlier level.
with dates as (
    select
        account_id,
        as_of_date,
        {{ last_week_ends_on('as_of_date') }} as week_ends_on
    from {{ ref('int_indicators__account_dates') }}
),

own_levels as (
    select * from {{ ref('int_adoption__own_levels') }}
),

usage_weeks as (
    select
        weeks.*,
        {{ usage_level('weeks', 'company') }} as usage_level
    from {{ ref('int_activity__usage_weeks') }} as weeks
    cross join {{ source('config', 'company') }} as company
),

current_weeks as (
    select
        dates.account_id,
        dates.as_of_date,
        -- aggregates that only state a number of users: the highest of the week, whenever known
        sum(usage_weeks.active_user_count) + max(usage_weeks.reported_user_count)
            as active_user_count,
        sum(usage_weeks.action_count) as action_count,
        sum(usage_weeks.active_minutes) as active_minutes,
        sum(usage_weeks.usage_level) as usage_level
    from dates
    inner join usage_weeks
        on
            dates.account_id = usage_weeks.account_id
            and dates.week_ends_on = usage_weeks.week_ends_on
            and {{ counts_on('usage_weeks', 'dates.as_of_date') }}
    group by dates.account_id, dates.as_of_date
),

previous_weeks as (
    select
        dates.account_id,
        dates.as_of_date,
        sum(usage_weeks.usage_level) as usage_level
    from dates
    inner join usage_weeks
        on
            dates.account_id = usage_weeks.account_id
            and {{ add_days('dates.week_ends_on', -7) }} = usage_weeks.week_ends_on
            and {{ counts_on('usage_weeks', 'dates.as_of_date') }}
    group by dates.account_id, dates.as_of_date
),

levels as (
    select
        dates.account_id,
        dates.as_of_date,
        coalesce(current_weeks.active_user_count, 0) as active_user_count,
        coalesce(current_weeks.action_count, 0) as action_count,
        coalesce(current_weeks.active_minutes, 0) as active_minutes,
        coalesce(current_weeks.usage_level, 0) as usage_level,
        coalesce(previous_weeks.usage_level, 0) as previous_usage_level,
        own_levels.baseline_level,
        own_levels.baseline_deviation
    from dates
    inner join own_levels
        on dates.account_id = own_levels.account_id and dates.as_of_date = own_levels.as_of_date
    left join current_weeks
        on
            dates.account_id = current_weeks.account_id
            and dates.as_of_date = current_weeks.as_of_date
    left join previous_weeks
        on
            dates.account_id = previous_weeks.account_id
            and dates.as_of_date = previous_weeks.as_of_date
)

select * from levels
