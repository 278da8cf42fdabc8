-- The weighted score of an account on a date, or why there is none: never silently red or green.
with indicator_scores as (
    select
        indicator_scores.*,
        indicator_scores.status = 'measured' as is_measured,
        criteria.dimension,
        criteria.is_required,
        criteria.is_rated_by_csm
    from {{ ref('int_scoring__indicator_scores') }} as indicator_scores
    inner join {{ ref('int_scoring__criteria') }} as criteria
        on
            indicator_scores.scorecard_id = criteria.scorecard_id
            and indicator_scores.scorecard_version = criteria.scorecard_version
            and indicator_scores.indicator_id = criteria.indicator_id
    where indicator_scores.is_own
),

dates as (
    select * from {{ ref('int_scoring__scored_dates') }}
),

scorecards as (
    select * from {{ ref('scorecards') }}
),

sums as (
    select
        account_id,
        as_of_date,
        {{ point_sum() }} as point_sum,
        {{ weighted_mean("dimension = 'outcome'") }} as outcome_score,
        {{ weighted_mean("dimension = 'experience'") }} as experience_score,
        {{ weighted_mean('not is_rated_by_csm') }} as unrated_score,
        sum(weight) filter (where is_measured) as measured_weight,
        sum(weight) filter (where status <> 'not_applicable') as applicable_weight,
        sum(counted_weight) as counted_weight,
        min(indicator_id) filter (where is_required and not is_measured) as missing_required_id
    from indicator_scores
    group by account_id, as_of_date
),

covered as (
    select
        dates.account_id,
        dates.as_of_date,
        sums.point_sum,
        sums.counted_weight,
        {{ mean_of_sums('sums.point_sum', 'sums.counted_weight') }} as weighted_score,
        sums.outcome_score,
        sums.experience_score,
        sums.unrated_score,
        sums.missing_required_id,
        {{ to_double('coalesce(sums.measured_weight, 0)') }} / nullif(sums.applicable_weight, 0)
            as coverage_ratio,
        case
            when sums.missing_required_id is not null then 'required_indicator_missing'
            when coalesce(sums.applicable_weight, 0) = 0 then 'nothing_applicable'
            when
                coalesce(sums.measured_weight, 0)
                < scorecards.minimum_coverage * sums.applicable_weight
                then 'coverage_below_minimum'
            when coalesce(sums.counted_weight, 0) = 0 then 'nothing_measured'
        end as unscored_reason
    from dates
    inner join scorecards
        on
            dates.scorecard_id = scorecards.scorecard_id
            and dates.scorecard_version = scorecards.version
    left join sums
        on dates.account_id = sums.account_id and dates.as_of_date = sums.as_of_date
),

weighted_scores as (
    select
        account_id,
        as_of_date,
        unscored_reason is null as is_scored,
        unscored_reason,
        missing_required_id,
        coalesce(coverage_ratio, 0) as coverage_ratio,
        case when unscored_reason is null then weighted_score end as weighted_score,
        case when unscored_reason is null then outcome_score end as outcome_score,
        case when unscored_reason is null then experience_score end as experience_score,
        unrated_score,
        point_sum,
        counted_weight
    from covered
)

select * from weighted_scores
