with contacts as (
    select * from {{ ref('stg_contacts') }}
),

final as (
    select
        cast(contact_id as varchar) as contact_id,
        cast(account_id as varchar) as account_id,
        cast(user_id as varchar) as user_id,
        cast(name as varchar) as contact_name,
        cast(email as varchar) as email,
        cast(role as varchar) as role,
        cast(started_at as timestamp) as started_at,
        cast(left_at as timestamp) as left_at,
        cast(replaced_by as varchar) as replaced_by
    from contacts
    where is_current
)

select * from final
