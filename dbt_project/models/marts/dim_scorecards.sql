with scorecards as (
    select
        *,
        lead(valid_from) over (partition by scorecard_id order by valid_from) as valid_until
    from {{ ref('scorecards') }}
),

scorecard_indicators as (
    select * from {{ ref('scorecard_indicators') }}
),

asked_for as (
    select * from {{ ref('int_indicators__required') }}
),

final as (
    select
        cast(scorecards.scorecard_id as varchar) as scorecard_id,
        cast(scorecards.version as integer) as scorecard_version,
        cast(asked_for.indicator_id as varchar) as indicator_id,
        cast(scorecards.scorecard_name as varchar) as scorecard_name,
        cast(scorecards.segment_id as varchar) as segment_id,
        cast(scorecards.lifecycle_stage as varchar) as lifecycle_stage,
        scorecards.valid_from,
        scorecards.valid_until,
        cast(scorecards.cadence as varchar) as cadence,
        cast(scorecards.grading as varchar) as grading,
        {{ to_double('scorecards.minimum_coverage') }} as minimum_coverage,
        {{ to_double('scorecards.outcome_share') }} as outcome_share,
        {{ to_double('coalesce(scorecards.outcome_cutoff, ' ~ default_cutoff() ~ ')') }}
            as outcome_cutoff,
        {{ to_double('coalesce(scorecards.experience_cutoff, ' ~ default_cutoff() ~ ')') }}
            as experience_cutoff,
        {{ to_double('scorecard_indicators.weight') }} as weight,
        cast(scorecard_indicators.method as varchar) as method,
        cast(scorecard_indicators.missing_policy as varchar) as missing_policy,
        coalesce(scorecard_indicators.is_required, false) as is_required
    from scorecards
    inner join asked_for
        on
            scorecards.scorecard_id = asked_for.scorecard_id
            and scorecards.version = asked_for.scorecard_version
    left join scorecard_indicators
        on
            asked_for.scorecard_id = scorecard_indicators.scorecard_id
            and asked_for.scorecard_version = scorecard_indicators.version
            and asked_for.indicator_id = scorecard_indicators.indicator_id
)

select * from final
