with dates as (
    {{ asked_dates('adoption') }}
),

windows as (
    select * from {{ ref('int_adoption__windows') }}
),

recency as (
    select * from {{ ref('int_adoption__recency') }}
),

levels as (
    select * from {{ ref('int_adoption__levels') }}
),

collected as (
    select * from {{ ref('int_adoption__recorded') }}
),

company as (
    select * from {{ source('config', 'company') }}
),

key_actions as (
    select count(*) as key_action_count from {{ source('config', 'key_actions') }}
),

-- what nobody records is not zero use
recorded as (
    select
        collected.as_of_date,
        case when not collected.has_users then 'not_collected' end as users_gap,
        case when not collected.has_minutes then 'not_collected' end as minutes_gap,
        case when not collected.has_modules then 'not_collected' end as modules_gap,
        case when not collected.has_units then 'not_collected' end as units_gap,
        case
            when
                (company.usage_measure = 'minutes' and not collected.has_minutes)
                or (company.usage_measure = 'quantity' and not collected.has_quantities)
                then 'not_collected'
        end as level_gap,
        key_actions.key_action_count
    from collected
    cross join company
    cross join key_actions
),

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        -- nor is an account in which nobody was ever seen
        case when not dates.is_observed then 'not_collected' end as gap,
        {{ to_double('levels.active_user_count') }} / nullif(dates.seats, 0)
            as weekly_active_to_seats_ratio,
        recorded.users_gap as weekly_active_to_seats_ratio__gap,
        {{ to_double('levels.active_user_count') }} / nullif(dates.employee_count, 0)
            as weekly_active_to_employees_ratio,
        recorded.users_gap as weekly_active_to_employees_ratio__gap,
        windows.active_day_count as active_days_28d,
        case
            when windows.has_periods and windows.active_day_count = 0 then 'not_collected'
        end as active_days_28d__gap,
        {{ to_double('levels.active_minutes') }} / nullif(levels.active_user_count, 0)
            as minutes_per_active_user,
        coalesce(recorded.users_gap, recorded.minutes_gap) as minutes_per_active_user__gap,
        {{ to_double('levels.action_count') }} / nullif(levels.active_user_count, 0)
            as actions_per_active_user,
        recorded.users_gap as actions_per_active_user__gap,
        {{ to_double('levels.active_minutes') }} / 60 as weekly_usage_hours,
        recorded.minutes_gap as weekly_usage_hours__gap,
        {{ to_double('windows.entitled_used_count') }} / nullif(windows.entitled_count, 0)
            as modules_used_ratio,
        recorded.modules_gap as modules_used_ratio__gap,
        case when recorded.key_action_count > 0 then windows.key_action_count end
            as key_actions_28d,
        case when windows.released_count > 0 then windows.released_used_count end
            as new_modules_used_28d,
        recorded.modules_gap as new_modules_used_28d__gap,
        {{ to_double('windows.unit_count') }} / nullif(dates.units, 0) as units_in_use_ratio,
        recorded.units_gap as units_in_use_ratio__gap,
        coalesce(
            {{ days_between('recency.last_used_on', 'dates.as_of_date') }}, dates.account_age_days
        ) as days_since_last_use,
        {{ to_double('levels.usage_level') }} as usage_vs_baseline,
        levels.baseline_level as usage_vs_baseline__baseline,
        recorded.level_gap as usage_vs_baseline__gap,
        -- the milder of two weeks: it is beyond a limit only where both are
        greatest(
            {{ spread_from_level('levels.usage_level') }},
            {{ spread_from_level('levels.previous_usage_level') }}
        ) as usage_drop_z,
        recorded.level_gap as usage_drop_z__gap
    from dates
    inner join recorded on dates.as_of_date = recorded.as_of_date
    inner join windows
        on dates.account_id = windows.account_id and dates.as_of_date = windows.as_of_date
    inner join recency
        on dates.account_id = recency.account_id and dates.as_of_date = recency.as_of_date
    inner join levels
        on dates.account_id = levels.account_id and dates.as_of_date = levels.as_of_date
)

select * from indicators
