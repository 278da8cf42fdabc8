-- Who is to act: who was assigned, else the account's csm where the rule says so, else somebody of the
-- role, always the same for an account, else the team. Whose owner is not in staff is with the
-- manager, else with the team, and says so.
with ctas as (
    select * from {{ ref('int_actions__ctas') }}
),

staff_versions as (
    select
        staff.staff_id,
        staff.team,
        staff.role,
        staff.manager_id,
        {{ is_in_force('staff', 'newest.as_of_date') }} as is_there,
        row_number() over (
            partition by staff.staff_id
            order by {{ is_in_force('staff', 'newest.as_of_date') }} desc, staff.arrived_at desc
        ) as recency
    from {{ ref('stg_staff') }} as staff
    cross join (
        select as_of_date from {{ ref('int_accounts__calendar') }} where is_newest
    ) as newest
),

staff as (
    select * from staff_versions where recency = 1
),

collected as (
    select count(*) > 0 as has_staff from staff
),

dates as (
    select
        account_id,
        csm_id
    from {{ ref('int_indicators__account_dates') }}
    where is_newest
),

-- of accounts that left
last_known as (
    select
        account_id,
        csm_id
    from {{ ref('stg_accounts') }}
    where is_current
),

assigned as (
    select * from {{ ref('int_actions__assignments') }} where recency = 1
),

wanted as (
    select
        ctas.cta_id,
        ctas.account_id,
        ctas.owning_team,
        ctas.owner_role,
        ctas.runs_by_itself and assigned.staff_id is null as runs_by_itself,
        assigned.action_id is not null and assigned.staff_id is null as is_assignee_unknown,
        coalesce(
            assigned.staff_id,
            case
                when ctas.owner_role = 'csm' and dates.account_id is null then last_known.csm_id
                when ctas.owner_role = 'csm' then dates.csm_id
            end
        ) as wanted_id
    from ctas
    left join assigned on ctas.cta_id = assigned.cta_id
    left join dates on ctas.account_id = dates.account_id
    left join last_known on ctas.account_id = last_known.account_id
),

of_role as (
    select
        wanted.cta_id,
        staff.staff_id,
        row_number() over (
            partition by wanted.cta_id
            order by
                case when staff.team = wanted.owning_team then 1 else 2 end,
                md5(wanted.account_id || '|' || staff.staff_id),
                staff.staff_id
        ) as preference
    from wanted
    inner join staff on wanted.owner_role = staff.role and staff.is_there
    where wanted.wanted_id is null and wanted.owner_role <> 'csm'
),

chosen as (
    select
        wanted.cta_id,
        wanted.owner_role,
        wanted.wanted_id,
        wanted.is_assignee_unknown,
        wanted.runs_by_itself,
        wanted.wanted_id is not null
        and collected.has_staff
        and not coalesce(wanted_staff.is_there, false) as has_left,
        managers.staff_id as manager_id,
        case
            when not collected.has_staff or wanted_staff.is_there then wanted.wanted_id
        end as there_id,
        of_role.staff_id as of_role_id,
        collected.has_staff
    from wanted
    cross join collected
    left join staff as wanted_staff on wanted.wanted_id = wanted_staff.staff_id
    left join staff as managers on wanted_staff.manager_id = managers.staff_id and managers.is_there
    left join of_role on wanted.cta_id = of_role.cta_id and of_role.preference = 1
),

owners as (
    select
        cta_id,
        case
            when runs_by_itself then null
            when has_left then manager_id
            else coalesce(there_id, of_role_id)
        end as owner_id,
        case
            when runs_by_itself then 'itself'
            when has_left and manager_id is null then 'team'
            when has_left or coalesce(there_id, of_role_id) is not null then 'person'
            else 'team'
        end as owner_kind,
        case
            when runs_by_itself then null
            when has_left and manager_id is not null
                then wanted_id || ' is not in staff: with the manager'
            when has_left then wanted_id || ' is not in staff: with the team'
            when is_assignee_unknown then 'assigned to somebody who is not in staff'
            when wanted_id is not null or of_role_id is not null then null
            when owner_role = 'csm' then 'the account has no csm: with the team'
            when has_staff
                then 'nobody in staff has the role ' || owner_role || ': with the team'
        end as owner_note
    from chosen
)

select * from owners
