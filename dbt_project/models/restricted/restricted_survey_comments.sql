with survey_responses as (
    select * from {{ ref('stg_survey_responses') }}
),

final as (
    select
        cast(response_id as varchar) as response_id,
        cast(account_id as varchar) as account_id,
        cast(contact_id as varchar) as contact_id,
        cast(survey as varchar) as survey,
        cast(responded_at as timestamp) as responded_at,
        cast(comment as varchar) as comment
    from survey_responses
    where
        is_current
        and comment is not null
)

select * from final
