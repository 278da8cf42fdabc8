with playbooks as (
    select * from {{ ref('playbooks') }}
),

steps as (
    select
        playbook_id,
        coalesce(segment_id, '') as segment_id,
        count(*) as step_count
    from {{ ref('playbook_steps') }}
    group by playbook_id, coalesce(segment_id, '')
),

final as (
    select
        cast(playbooks.playbook_id as varchar) as playbook_id,
        cast(playbooks.segment_id as varchar) as segment_id,
        cast(playbooks.playbook_name as varchar) as playbook_name,
        cast(playbooks.description as varchar) as description,
        playbooks.runs_by_itself,
        cast(coalesce(steps.step_count, 0) as integer) as step_count
    from playbooks
    left join steps
        on
            playbooks.playbook_id = steps.playbook_id
            and coalesce(playbooks.segment_id, '') = steps.segment_id
)

select * from final
