with csm_assessments as (
    select * from {{ ref('stg_csm_assessments') }}
),

final as (
    select
        cast(assessment_id as varchar) as assessment_id,
        cast(account_id as varchar) as account_id,
        cast(kind as varchar) as kind,
        cast(module as varchar) as module,
        cast(reason as varchar) as reason,
        cast(author as varchar) as author,
        cast(assessed_at as timestamp) as assessed_at
    from csm_assessments
    where is_current
)

select * from final
