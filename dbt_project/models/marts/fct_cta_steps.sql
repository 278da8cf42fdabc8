with ctas as (
    select * from {{ ref('fct_ctas') }}
),

identity as (
    select
        cta_id,
        pure_cta_id
    from {{ ref('int_actions__cta_identity') }}
),

steps as (
    select * from {{ ref('playbook_steps') }}
),

newest as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where is_newest
),

-- done twice is done the first time
done as (
    select
        identity.cta_id,
        acts.step as step_id,
        min(acts.acted_on) as done_on
    from {{ ref('int_scoring__cta_acts') }} as acts
    inner join newest on acts.as_of_date = newest.as_of_date
    inner join identity on acts.cta_id = identity.pure_cta_id
    where acts.action = 'step_done'
    group by identity.cta_id, acts.step
),

final as (
    select
        cast(ctas.cta_id as varchar) as cta_id,
        cast(steps.step_id as varchar) as step_id,
        cast(ctas.account_id as varchar) as account_id,
        cast(steps.step_order as integer) as step_order,
        cast(steps.step as varchar) as step,
        cast(steps.owner_role as varchar) as owner_role,
        {{ add_days('ctas.opened_on', 'steps.due_in_days') }} as due_on,
        done.done_on
    from ctas
    inner join steps
        on
            ctas.playbook_id = steps.playbook_id
            and coalesce(ctas.playbook_segment_id, '') = coalesce(steps.segment_id, '')
    left join done on ctas.cta_id = done.cta_id and steps.step_id = done.step_id
)

select * from final
