with tiers as (
    select
        scorecard_id,
        version as scorecard_version,
        indicator_id,
        tier_set,
        row_number() over from_the_lowest as tier_number,
        lower_bound,
        lead(lower_bound) over from_the_lowest as upper_bound,
        score as tier_score
    from {{ ref('scorecard_tiers') }}
    window
        from_the_lowest as (
            partition by scorecard_id, version, indicator_id, tier_set
            order by lower_bound nulls first
        )
)

select * from tiers
