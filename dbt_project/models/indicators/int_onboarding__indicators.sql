with dates as (
    {{ asked_dates('onboarding') }}
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

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        milestones_as_of.overdue_count as milestones_overdue,
        {{ to_double('milestones_as_of.on_time_count') }}
        / nullif(milestones_as_of.due_count, 0) as milestones_on_time_ratio,
        -- a key action from before the account's creation (in a trial) is no wait at all
        case
            when key_actions.configured_count = 0 or dates.created_on is null then null
            else greatest(
                {{ days_between(
                    'dates.created_on',
                    'coalesce(first_actions.first_key_action_on, dates.as_of_date)'
                ) }},
                0
            )
        end as days_to_first_value
    from dates
    cross join key_actions
    left join milestones_as_of
        on
            dates.account_id = milestones_as_of.account_id
            and dates.as_of_date = milestones_as_of.as_of_date
    left join first_key_actions_as_of as first_actions
        on
            dates.account_id = first_actions.account_id
            and dates.as_of_date = first_actions.as_of_date
)

select * from indicators
