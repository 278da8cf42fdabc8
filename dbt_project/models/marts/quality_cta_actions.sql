-- Acts of people that could not do what they say.
with newest as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where is_newest
),

acts as (
    select acts.*
    from {{ ref('int_scoring__cta_acts') }} as acts
    inner join newest on acts.as_of_date = newest.as_of_date
),

ctas as (
    select * from {{ ref('int_actions__ctas') }}
),

steps as (
    select
        playbook_id,
        coalesce(segment_id, '') as segment_id,
        step_id
    from {{ ref('playbook_steps') }}
),

assignments as (
    select * from {{ ref('int_actions__assignments') }}
),

judged as (
    select
        acts.action_id,
        acts.account_id,
        acts.module_id,
        acts.action,
        acts.acted_on,
        acts.cta_id,
        case
            when
                acts.cta_id is null
                and acts.is_opening
                and acts.account_id is not null
                and acts.module_id is not null
                then 'unknown_module'
            when acts.cta_id is null and acts.is_opening then 'opens_without_account_or_module'
            when acts.cta_id is null then 'unknown_cta'
            when acts.action = 'step_done' and steps.step_id is null then 'unknown_step'
            when acts.action = 'snooze' and acts.until_on is null then 'snooze_without_day'
            when acts.action = 'reassign' and assignments.staff_id is null then 'unknown_assignee'
            when acts.action = 'other' then 'unknown_action'
            when
                acts.action in ('open', 'snooze', 'reassign') and ctas.ended_on <= acts.acted_on
                then 'cta_was_over'
        end as rule
    from acts
    left join ctas on acts.cta_id = ctas.cta_id
    left join steps
        on
            ctas.playbook_id = steps.playbook_id
            and coalesce(ctas.playbook_segment_id, '') = steps.segment_id
            and acts.step = steps.step_id
    left join assignments on acts.action_id = assignments.action_id
),

final as (
    select
        cast({{ without_emails('action_id') }} as varchar) as action_id,
        cast({{ without_emails('account_id') }} as varchar) as account_id,
        cast({{ without_emails('module_id') }} as varchar) as module_id,
        cast(action as varchar) as action,
        acted_on,
        cast(rule as varchar) as rule
    from judged
    where rule is not null
)

select * from final
