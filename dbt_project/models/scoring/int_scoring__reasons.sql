-- Where the points come from, in words: the fact, the rule, the points. Made once for all rows that
-- read the same, for many more rows than texts are there.
with asked as (
    {{ judged_indicators() }}
),

criteria as (
    select * from {{ ref('int_scoring__criteria') }}
),

tiers as (
    select * from {{ ref('int_scoring__tiers') }}
),

-- any value of those that read the same tells it
told_apart as (
    select
        {%- for key, expression in reason_keys().items() %}
        {{ expression }} as {{ key }},
        {%- endfor %}
        min(asked.raw_value) as raw_value,
        min(asked.baseline_value) as baseline_value,
        min(asked.indicator_score) as indicator_score
    from asked
    inner join criteria
        on
            asked.scorecard_id = criteria.scorecard_id
            and asked.scorecard_version = criteria.scorecard_version
            and asked.indicator_id = criteria.indicator_id
    group by {% for expression in reason_keys().values() %}
        {{ expression }}{{ ',' if not loop.last }}
    {%- endfor %}
),

explained as (
    select
        told_apart.*,
        told_apart.status = 'measured' as is_measured,
        nullif(told_apart.shown_method, '') as method,
        criteria.method as stated_method,
        criteria.unit,
        criteria.phrase,
        criteria.linear_worst,
        criteria.linear_best,
        tiers.lower_bound as tier_lower_bound,
        tiers.upper_bound as tier_upper_bound
    from told_apart
    inner join criteria
        on
            told_apart.scorecard_id = criteria.scorecard_id
            and told_apart.scorecard_version = criteria.scorecard_version
            and told_apart.indicator_id = criteria.indicator_id
    left join tiers
        on
            told_apart.scorecard_id = tiers.scorecard_id
            and told_apart.scorecard_version = tiers.scorecard_version
            and told_apart.indicator_id = tiers.indicator_id
            and told_apart.shown_tier_number = tiers.tier_number
            and case when told_apart.is_ratio_binding then 'baseline_ratio' else 'value' end
            = tiers.tier_set
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
                then 'among ' || cast(shown_population as varchar) || ' accounts'
        end as rule_in_words
    from explained
),

reasons as (
    select
        {%- for key in reason_keys() %}
        {{ key }},
        {%- endfor %}
        case when is_measured and method in ('tiers', 'own_baseline')
            then {{ tier_in_words("case when is_ratio_binding then 'ratio' else unit end") }}
        end as tier,
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
        end as reason
    from worded
)

select * from reasons
