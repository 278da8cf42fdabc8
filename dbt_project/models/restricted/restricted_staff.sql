with staff as (
    select * from {{ ref('stg_staff') }}
),

final as (
    select
        cast(staff_id as varchar) as staff_id,
        cast(name as varchar) as staff_name,
        cast(team as varchar) as team,
        cast(role as varchar) as role,
        cast(manager_id as varchar) as manager_id
    from staff
    where is_current
)

select * from final
