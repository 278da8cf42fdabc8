with tiers as (
    select
        scorecard_id,
        version as scorecard_version,
        indicator_id,
        tier_set,
        lower_bound,
        lead(lower_bound) over (
            partition by scorecard_id, version, indicator_id, tier_set
            order by lower_bound nulls first
        ) as upper_bound,
        score as tier_score
    from {{ ref('scorecard_tiers') }}
)

select * from tiers
