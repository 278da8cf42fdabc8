with indicator_scores as (
    select * from {{ ref('int_scoring__indicator_scores') }}
    {{ where_in_this_build() }}
),

weighted_scores as (
    select * from {{ ref('int_scoring__weighted_scores') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

-- an account without a score has no weights in effect and no contributions
effective as (
    select
        indicator_scores.*,
        indicators.unit,
        indicators.phrase,
        case when weighted_scores.is_scored then indicator_scores.effective_weight end
            as shown_weight,
        case when weighted_scores.is_scored then indicator_scores.contribution end
            as shown_contribution
    from indicator_scores
    inner join weighted_scores
        on
            indicator_scores.account_id = weighted_scores.account_id
            and indicator_scores.as_of_date = weighted_scores.as_of_date
    inner join indicators on indicator_scores.indicator_id = indicators.indicator_id
    where indicator_scores.is_own
),

worded as (
    select
        *,
        {{ fact_in_words('phrase', 'raw_value', 'baseline_value', 'unit') }} as fact_in_words,
        case
            when method is null then 'not part of the score'
            when is_ratio_binding
                then 'tier ' || {{ tier_in_words("'ratio'") }} || ' of its own level'
            when method in ('tiers', 'own_baseline')
                then
                    case when stated_method = 'percentile' then 'too few peers, ' else '' end
                    || 'tier ' || {{ tier_in_words('unit') }}
            when method = 'linear'
                then
                    'between ' || {{ value_in_words('linear_worst', 'unit') }}
                    || ' (worst) and ' || {{ value_in_words('linear_best', 'unit') }} || ' (best)'
            when method = 'percentile'
                then 'among ' || cast(population as varchar) || ' accounts'
        end as rule_in_words
    from effective
),

final as (
    select
        cast(account_id as varchar) as account_id,
        as_of_date,
        cast(indicator_id as varchar) as indicator_id,
        cast(scorecard_id as varchar) as scorecard_id,
        cast(scorecard_version as integer) as scorecard_version,
        cast(module_id as varchar) as module_id,
        cast(dimension as varchar) as dimension,
        cast(status as varchar) as status,
        {{ to_double('raw_value') }} as raw_value,
        {{ to_double('baseline_value') }} as baseline_value,
        cast(unit as varchar) as unit,
        cast(case when is_measured then method end as varchar) as method,
        cast(case when is_measured and method in ('tiers', 'own_baseline')
            then {{ tier_in_words("case when is_ratio_binding then 'ratio' else unit end") }}
        end as varchar) as tier,
        {{ to_double('indicator_score') }} as indicator_score,
        is_filled,
        {{ to_double('weight') }} as weight,
        {{ to_double('shown_weight') }} as effective_weight,
        {{ to_double('shown_contribution') }} as contribution,
        {{ to_double('shown_weight * (100 - indicator_score) / 100') }} as missing_points,
        cast(
            case
                when is_measured and method is null then fact_in_words || ', ' || rule_in_words
                when is_measured
                    then
                        fact_in_words || ', ' || rule_in_words || ': '
                        || {{ number_in_words('indicator_score') }} || ' points'
                when is_filled
                    then
                        {{ status_in_words('status') }} || ': filled with '
                        || {{ number_in_words('indicator_score') }} || ' points'
                else {{ status_in_words('status') }}
            end as varchar
        ) as reason
    from worded
)

select * from final
