-- The measured fact becomes 0-100 by the method that the scorecard states, for every indicator that
-- has a weight: by the account's own scorecard, and where its next row is judged by another, by that
-- one too (`is_own` false). A missing one whose policy is neutral is filled.
with measurements as (
    select * from {{ ref('int_indicators__measurements') }}
),

judged as (
    select judged.*
    from {{ ref('int_indicators__judged') }} as judged
    inner join {{ ref('int_scoring__scored_dates') }} as scored_dates
        on
            judged.account_id = scored_dates.account_id
            and judged.as_of_date = scored_dates.as_of_date
),

criteria as (
    select * from {{ ref('int_scoring__criteria') }} where weight is not null
),

percentiles as (
    select * from {{ ref('int_scoring__percentiles') }}
),

value_tiers as (
    select * from {{ ref('int_scoring__tiers') }} where tier_set = 'value'
),

ratio_tiers as (
    select * from {{ ref('int_scoring__tiers') }} where tier_set = 'baseline_ratio'
),

dated as (
    select
        measurements.account_id,
        measurements.as_of_date,
        judged.scorecard_id,
        judged.scorecard_version,
        judged.is_own,
        measurements.indicator_id,
        measurements.status,
        measurements.raw_value,
        measurements.baseline_value
    from measurements
    inner join judged
        on
            measurements.account_id = judged.account_id
            and measurements.as_of_date = judged.as_of_date
),

weighed as (
    select
        dated.*,
        percentiles.population,
        percentiles.percentile_score,
        case
            when
                criteria.method = 'percentile'
                and coalesce(percentiles.population, 0) < {{ minimum_percentile_population() }}
                then 'tiers'
            else criteria.method
        end as method,
        criteria.weight,
        criteria.linear_worst,
        criteria.linear_best,
        coalesce(
            dated.status not in ('measured', 'not_applicable')
            and criteria.missing_policy = 'neutral',
            false
        ) as is_filled
    from dated
    inner join criteria
        on
            dated.scorecard_id = criteria.scorecard_id
            and dated.scorecard_version = criteria.scorecard_version
            and dated.indicator_id = criteria.indicator_id
    left join percentiles
        on
            dated.is_own = percentiles.is_own
            and dated.account_id = percentiles.account_id
            and dated.as_of_date = percentiles.as_of_date
            and dated.indicator_id = percentiles.indicator_id
),

compared as (
    select
        *,
        case when method in ('tiers', 'own_baseline') then {{ comparable('raw_value') }} end
            as tier_value,
        case
            when method = 'own_baseline'
                then {{ share_of_baseline('raw_value', 'baseline_value') }}
        end as baseline_ratio
    from weighed
),

tiered as (
    select
        compared.*,
        value_tiers.tier_number as value_tier_number,
        value_tiers.tier_score as value_score,
        ratio_tiers.tier_number as ratio_tier_number,
        ratio_tiers.tier_score as ratio_score,
        coalesce(ratio_tiers.tier_score < value_tiers.tier_score, false) as is_ratio_binding
    from compared
    left join value_tiers
        on
            compared.scorecard_id = value_tiers.scorecard_id
            and compared.scorecard_version = value_tiers.scorecard_version
            and compared.indicator_id = value_tiers.indicator_id
            and {{ is_in_tier('compared.tier_value', 'value_tiers') }}
    left join ratio_tiers
        on
            compared.scorecard_id = ratio_tiers.scorecard_id
            and compared.scorecard_version = ratio_tiers.scorecard_version
            and compared.indicator_id = ratio_tiers.indicator_id
            and {{ is_in_tier('compared.baseline_ratio', 'ratio_tiers') }}
),

indicator_scores as (
    select
        account_id,
        as_of_date,
        scorecard_id,
        scorecard_version,
        is_own,
        indicator_id,
        status,
        raw_value,
        baseline_value,
        method,
        population,
        case when is_ratio_binding then ratio_tier_number else value_tier_number end as tier_number,
        is_ratio_binding,
        is_filled,
        weight,
        case when status = 'measured' or is_filled then weight end as counted_weight,
        {{ to_double("case
            when is_filled then " ~ neutral_score() ~ "
            when status <> 'measured' then null
            when is_ratio_binding then ratio_score
            when method in ('tiers', 'own_baseline') then value_score
            when method = 'linear' then " ~ linear_score('raw_value', 'linear_worst', 'linear_best')
            ~ " when method = 'percentile' then percentile_score
        end") }} as indicator_score
    from tiered
)

select * from indicator_scores
