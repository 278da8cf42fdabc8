with required as (
    {{ required_indicators('adoption') }}
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
    select * from {{ ref('int_activity__collected') }}
),

company as (
    select * from {{ source('config', 'company') }}
),

configured as (
    select count(*) as key_action_count from {{ source('config', 'key_actions') }}
),

measured as (
    select
        required.account_id,
        required.as_of_date,
        required.indicator_id,
        case required.indicator_id
            when 'weekly_active_to_seats_ratio'
                then {{ to_double('levels.active_user_count') }} / nullif(required.seats, 0)
            when 'weekly_active_to_employees_ratio'
                then
                    {{ to_double('levels.active_user_count') }}
                    / nullif(required.employee_count, 0)
            when 'active_days_28d' then windows.active_day_count
            when 'minutes_per_active_user'
                then
                    {{ to_double('levels.active_minutes') }}
                    / nullif(levels.active_user_count, 0)
            when 'actions_per_active_user'
                then {{ to_double('levels.action_count') }} / nullif(levels.active_user_count, 0)
            when 'weekly_usage_hours' then {{ to_double('levels.active_minutes') }} / 60
            when 'modules_used_ratio'
                then
                    {{ to_double('windows.entitled_used_count') }}
                    / nullif(windows.entitled_count, 0)
            when 'key_actions_28d'
                then case when configured.key_action_count > 0 then windows.key_action_count end
            when 'new_modules_used_28d'
                then case when windows.released_count > 0 then windows.released_used_count end
            when 'units_in_use_ratio'
                then {{ to_double('windows.unit_count') }} / nullif(required.units, 0)
            when 'days_since_last_use'
                then coalesce(
                    {{ days_between('recency.last_used_on', 'required.as_of_date') }},
                    required.account_age_days
                )
            when 'usage_vs_baseline' then {{ to_double('levels.usage_level') }}
            -- the milder of two weeks: it is beyond a limit only where both are
            when 'usage_drop_z'
                then greatest(
                    {{ spread_from_level('levels.usage_level') }},
                    {{ spread_from_level('levels.previous_usage_level') }}
                )
        end as raw_value,
        case
            when required.indicator_id = 'usage_vs_baseline' then levels.baseline_level
        end as baseline_value,
        -- what nobody records, or nobody of this account was ever seen in, is not zero use
        case
            when not required.is_observed then 'not_collected'
            when
                required.indicator_id in (
                    'weekly_active_to_seats_ratio', 'weekly_active_to_employees_ratio',
                    'minutes_per_active_user', 'actions_per_active_user'
                )
                and not collected.has_users
                then 'not_collected'
            when
                required.indicator_id in ('minutes_per_active_user', 'weekly_usage_hours')
                and not collected.has_minutes
                then 'not_collected'
            when
                required.indicator_id in ('usage_vs_baseline', 'usage_drop_z')
                and (
                    (company.usage_measure = 'minutes' and not collected.has_minutes)
                    or (company.usage_measure = 'quantity' and not collected.has_quantities)
                )
                then 'not_collected'
            when
                required.indicator_id in ('modules_used_ratio', 'new_modules_used_28d')
                and not collected.has_modules
                then 'not_collected'
            when required.indicator_id = 'units_in_use_ratio' and not collected.has_units
                then 'not_collected'
            when
                required.indicator_id = 'active_days_28d'
                and windows.has_periods
                and windows.active_day_count = 0
                then 'not_collected'
        end as gap
    from required
    cross join collected
    cross join company
    cross join configured
    inner join windows
        on
            required.account_id = windows.account_id
            and required.as_of_date = windows.as_of_date
    inner join recency
        on
            required.account_id = recency.account_id
            and required.as_of_date = recency.as_of_date
    inner join levels
        on
            required.account_id = levels.account_id
            and required.as_of_date = levels.as_of_date
)

select * from measured
