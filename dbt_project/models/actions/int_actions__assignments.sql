-- Who was made the owner of a call to action, as known on the newest date. An assignee is passed on
-- only where it is somebody's id in staff: anything else may be a name.
with newest as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where is_newest
),

acts as (
    select acts.*
    from {{ ref('int_scoring__cta_acts') }} as acts
    inner join newest on acts.as_of_date = newest.as_of_date
    where acts.action = 'reassign'
),

assignees as (
    select
        action_id,
        assignee
    from {{ ref('stg_cta_actions') }}
    where is_current
),

staff as (
    select distinct staff_id from {{ ref('stg_staff') }}
),

assignments as (
    select
        acts.action_id,
        acts.cta_id,
        staff.staff_id,
        row_number() over (
            -- who is not in staff replaces nobody
            partition by acts.cta_id
            order by
                case when staff.staff_id is null then 2 else 1 end,
                acts.acted_at desc,
                acts.action_id desc
        ) as recency
    from acts
    left join assignees on acts.action_id = assignees.action_id
    left join staff on assignees.assignee = staff.staff_id
)

select * from assignments
