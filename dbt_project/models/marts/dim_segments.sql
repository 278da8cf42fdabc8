with segments as (
    select * from {{ ref('segments') }}
),

first_rules as (
    select
        segment_id,
        min(rule_order) as rule_order
    from {{ ref('segment_rules') }}
    group by segment_id
),

final as (
    select
        cast(segments.segment_id as varchar) as segment_id,
        cast(segments.segment_name as varchar) as segment_name,
        cast(segments.description as varchar) as description,
        cast(first_rules.rule_order as integer) as rule_order,
        cast(segments.onboarding_days as integer) as onboarding_days,
        cast(segments.renewal_days as integer) as renewal_days
    from segments
    left join first_rules on segments.segment_id = first_rules.segment_id
)

select * from final
