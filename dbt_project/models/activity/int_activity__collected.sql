-- Which sides of use this company's rows carry at all: what nobody records is not zero.
with usage_days as (
    select * from {{ ref('int_activity__usage_days') }}
),

collected as (
    select
        coalesce(bool_or(user_id is not null or active_user_count is not null), false)
            as has_users,
        coalesce(bool_or(duration_seconds > 0), false) as has_minutes,
        coalesce(bool_or(quantity <> 0), false) as has_quantities,
        coalesce(bool_or(module is not null), false) as has_modules,
        coalesce(bool_or(unit_id is not null), false) as has_units
    from usage_days
)

select * from collected
