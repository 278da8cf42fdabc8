with scorecards as (
    select * from {{ ref('scorecards') }}
),

asked_for as (
    select scorecard_id, version, indicator_id from {{ ref('scorecard_indicators') }}
    union
    select scorecard_id, version, indicator_id from {{ ref('knock_outs') }}
    union
    select
        scorecards.scorecard_id,
        scorecards.version,
        cta_rules.indicator_id
    from {{ ref('cta_rules') }} as cta_rules
    inner join scorecards
        on
            (cta_rules.segment_id is null or cta_rules.segment_id = scorecards.segment_id)
            and (
                cta_rules.lifecycle_stage is null
                or scorecards.lifecycle_stage is null
                or cta_rules.lifecycle_stage = scorecards.lifecycle_stage
            )
    where cta_rules.indicator_id is not null
),

required as (
    select
        asked_for.scorecard_id,
        asked_for.version as scorecard_version,
        asked_for.indicator_id,
        indicators.module_id
    from asked_for
    inner join {{ ref('indicators') }} as indicators
        on asked_for.indicator_id = indicators.indicator_id
)

select * from required
