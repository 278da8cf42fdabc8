with cta_actions as (
    select * from {{ ref('stg_cta_actions') }}
),

final as (
    select
        cast(action_id as varchar) as action_id,
        cast(cta_id as varchar) as cta_id,
        cast(account_id as varchar) as account_id,
        cast(action as varchar) as action,
        cast(assignee as varchar) as assignee,
        cast(reason as varchar) as reason,
        cast(author as varchar) as author,
        cast(acted_at as timestamp) as acted_at
    from cta_actions
    where is_current
)

select * from final
