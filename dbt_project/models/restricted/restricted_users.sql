with users as (
    select * from {{ ref('stg_users') }}
),

final as (
    select
        cast(user_id as varchar) as user_id,
        cast(account_id as varchar) as account_id,
        cast(email as varchar) as email,
        cast(role as varchar) as role,
        cast(is_active as boolean) as is_active,
        cast(created_at as timestamp) as created_at,
        cast(deactivated_at as timestamp) as deactivated_at
    from users
    where is_current
)

select * from final
