with asked as (
    select *
    from ({{ judged_indicators() }}) as asked_of_all_dates
    {{ where_scored_anew() }}
),

weighted_scores as (
    select * from {{ ref('int_scoring__weighted_scores') }}
),

criteria as (
    select * from {{ ref('int_scoring__criteria') }}
),

reasons as (
    select * from {{ ref('int_scoring__reasons') }}
),

-- keys first: what is joined by an expression of several tables is joined last and by little. An
-- account without a score has no weights in effect and no contributions
keyed as (
    select
        asked.*,
        case
            when weighted_scores.is_scored
                then {{ to_double(effective_weight(
                    to_double('asked.counted_weight'), 'weighted_scores.counted_weight'
                )) }}
        end as effective_weight,
        criteria.module_id,
        criteria.dimension,
        criteria.unit
        {%- for key, expression in reason_keys().items() if not expression == 'asked.' ~ key %},
        {{ expression }} as {{ key }}
        {%- endfor %}
    from asked
    inner join criteria
        on
            asked.scorecard_id = criteria.scorecard_id
            and asked.scorecard_version = criteria.scorecard_version
            and asked.indicator_id = criteria.indicator_id
    inner join weighted_scores
        on
            asked.account_id = weighted_scores.account_id
            and asked.as_of_date = weighted_scores.as_of_date
),

told as (
    select
        keyed.*,
        reasons.tier,
        reasons.reason
    from keyed
    inner join reasons
        on
            {%- for key in reason_keys() %}
            {{ 'and ' if not loop.first }}keyed.{{ key }} = reasons.{{ key }}
            {%- endfor %}
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
        cast(case when status = 'measured' then method end as varchar) as method,
        cast(tier as varchar) as tier,
        {{ to_double('indicator_score') }} as indicator_score,
        is_filled,
        {{ to_double('weight') }} as weight,
        {{ to_double('effective_weight') }} as effective_weight,
        {{ to_double('effective_weight * indicator_score / 100') }} as contribution,
        {{ to_double('effective_weight * (100 - indicator_score) / 100') }} as missing_points,
        cast(reason as varchar) as reason
    from told
)

select * from final
