with

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

milestones as (
    select * from {{ ref('stg_onboarding_milestones') }}
),

first_key_actions as (
    select * from {{ ref('int_activity__first_key_actions') }}
),

key_actions as (
    select count(*) as configured_count from {{ source('config', 'key_actions') }}
),

required as (
    {{ required_indicators('onboarding') }}
),

milestones_as_of as (
    select
        dates.account_id,
        dates.as_of_date,
        count(*) filter (where milestones.due_on <= dates.as_of_date) as due_count,
        count(*) filter (
            where
            milestones.due_on <= dates.as_of_date
            and milestones.completed_on <= milestones.due_on
        ) as on_time_count,
        count(*) filter (
            where
            milestones.due_on <= dates.as_of_date
            and (milestones.completed_on is null or milestones.completed_on > dates.as_of_date)
        ) as overdue_count
    from dates
    inner join milestones
        on
            dates.account_id = milestones.account_id
            and {{ is_known('milestones', 'dates.as_of_date') }}
    group by dates.account_id, dates.as_of_date
),

first_key_actions_as_of as (
    select
        dates.account_id,
        dates.as_of_date,
        min(first_key_actions.first_key_action_on) as first_key_action_on
    from dates
    inner join first_key_actions
        on
            dates.account_id = first_key_actions.account_id
            and {{ is_known('first_key_actions', 'dates.as_of_date') }}
            and first_key_actions.first_key_action_on <= dates.as_of_date
    group by dates.account_id, dates.as_of_date
),

-- a key action from before the account's creation (in a trial) is no wait at all
first_value as (
    select
        dates.account_id,
        dates.as_of_date,
        case
            when key_actions.configured_count = 0 or dates.created_on is null then null
            else greatest(
                {{ days_between(
                    'dates.created_on',
                    'coalesce(first_actions.first_key_action_on, dates.as_of_date)'
                ) }},
                0
            )
        end as waiting_days
    from dates
    cross join key_actions
    left join first_key_actions_as_of as first_actions
        on
            dates.account_id = first_actions.account_id
            and dates.as_of_date = first_actions.as_of_date
),

valued as (
    select
        required.account_id,
        required.as_of_date,
        required.indicator_id,
        case required.indicator_id
            when 'milestones_overdue' then milestones_as_of.overdue_count
            when 'milestones_on_time_ratio'
                then
                    {{ to_double('milestones_as_of.on_time_count') }}
                    / nullif(milestones_as_of.due_count, 0)
            when 'days_to_first_value' then first_value.waiting_days
        end as raw_value
    from required
    left join milestones_as_of
        on
            required.account_id = milestones_as_of.account_id
            and required.as_of_date = milestones_as_of.as_of_date
    left join first_value
        on
            required.account_id = first_value.account_id
            and required.as_of_date = first_value.as_of_date
),

measured as (
    select
        account_id,
        as_of_date,
        indicator_id,
        {{ to_double('raw_value') }} as raw_value,
        {{ to_double('null') }} as baseline_value,
        case when raw_value is null then 'not_applicable' end as gap
    from valued
)

select * from measured
