-- weighted -> capped (computed) -> overridden (score) -> band, both ways of grading side by side.
with weighted_scores as (
    select * from {{ ref('int_scoring__weighted_scores') }}
    {{ where_scored_anew() }}
),

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

scorecards as (
    select * from {{ ref('scorecards') }}
),

bands as (
    select * from {{ ref('scorecard_bands') }}
),

knock_outs as (
    select * from {{ ref('int_scoring__knock_outs') }}
),

judgements as (
    select * from {{ ref('int_scoring__judgements') }}
),

module_ranks as (
    select
        account_id,
        as_of_date,
        min({{ severity_rank('rating') }}) as worst_rank
    from {{ ref('int_scoring__module_scores') }}
    group by account_id, as_of_date
),

capped as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.is_cadence,
        scorecards.grading,
        weighted_scores.is_scored,
        weighted_scores.unscored_reason,
        weighted_scores.missing_required_id,
        weighted_scores.coverage_ratio,
        weighted_scores.weighted_score,
        weighted_scores.outcome_score,
        weighted_scores.experience_score,
        knock_outs.knock_out_id,
        knock_outs.reason as knock_out_reason,
        case
            when knock_outs.cap < weighted_scores.weighted_score then knock_outs.cap
            else weighted_scores.weighted_score
        end as computed_score,
        score_overrides.score as override_score,
        band_overrides.band as override_band,
        coalesce(score_overrides.assessment_id, band_overrides.assessment_id) as override_id,
        case module_ranks.worst_rank when 1 then 'red' when 2 then 'yellow' when 3 then 'green'
            else 'unknown'
        end as rating
    from dates
    inner join weighted_scores
        on
            dates.account_id = weighted_scores.account_id
            and dates.as_of_date = weighted_scores.as_of_date
    inner join scorecards
        on
            dates.scorecard_id = scorecards.scorecard_id
            and dates.scorecard_version = scorecards.version
    left join knock_outs
        on
            dates.account_id = knock_outs.account_id
            and dates.as_of_date = knock_outs.as_of_date
    left join judgements as score_overrides
        on
            dates.account_id = score_overrides.account_id
            and dates.as_of_date = score_overrides.as_of_date
            and score_overrides.kind = 'score_override'
    left join judgements as band_overrides
        on
            dates.account_id = band_overrides.account_id
            and dates.as_of_date = band_overrides.as_of_date
            and band_overrides.kind = 'band_override'
    left join module_ranks
        on
            dates.account_id = module_ranks.account_id
            and dates.as_of_date = module_ranks.as_of_date
),

overridden as (
    select
        *,
        case when is_scored then coalesce(override_score, computed_score) end as score
    from capped
),

banded as (
    select
        overridden.*,
        computed_bands.band as computed_band,
        coalesce(overridden.override_band, score_bands.band) as score_band,
        case overridden.rating
            when 'red' then 'unhealthy' when 'yellow' then 'fair' when 'green' then 'healthy'
        end as rating_band
    from overridden
    left join bands as computed_bands
        on
            overridden.scorecard_id = computed_bands.scorecard_id
            and overridden.scorecard_version = computed_bands.version
            and {{ is_in_band('overridden.computed_score', 'computed_bands') }}
    left join bands as score_bands
        on
            overridden.scorecard_id = score_bands.scorecard_id
            and overridden.scorecard_version = score_bands.version
            and {{ is_in_band(
                'coalesce(overridden.score, overridden.override_score)', 'score_bands'
            ) }}
),

account_scores as (
    select
        account_id,
        as_of_date,
        scorecard_id,
        scorecard_version,
        is_cadence,
        is_scored,
        unscored_reason,
        missing_required_id,
        coverage_ratio,
        weighted_score,
        outcome_score,
        experience_score,
        knock_out_id,
        knock_out_reason,
        computed_score,
        computed_band,
        override_id,
        score,
        score_band,
        rating,
        case
            when override_band is not null then override_band
            when grading = 'score' then score_band
            when grading = 'ctas' then rating_band
            -- without a score, red and yellow are known, and green would be silent
            when score_band is null then nullif(rating_band, 'healthy')
            when rating_band is null then score_band
            when {{ severity_rank('rating_band') }} < {{ severity_rank('score_band') }}
                then rating_band
            else score_band
        end as band
    from banded
)

select * from account_scores
