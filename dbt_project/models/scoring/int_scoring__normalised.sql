-- The measured fact becomes 0-100 by the method that the scorecard states: the account's own one, and
-- where its next row is judged by another, that one too (`is_own` false).
with measurements as (
    select * from {{ ref('int_indicators__measurements') }}
),

scorecard_indicators as (
    select * from {{ ref('scorecard_indicators') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

tiers as (
    select * from {{ ref('int_scoring__tiers') }}
),

weighed as (
    select
        measurements.account_id,
        measurements.as_of_date,
        judged.scorecard_id,
        judged.scorecard_version,
        judged.is_own,
        measurements.indicator_id,
        indicators.module_id,
        indicators.dimension,
        indicators.direction,
        measurements.status,
        measurements.raw_value,
        {{ comparable('measurements.raw_value') }} as tier_value,
        measurements.baseline_value,
        {{ share_of_baseline('measurements.raw_value', 'measurements.baseline_value') }}
            as baseline_ratio,
        scorecard_indicators.weight,
        scorecard_indicators.method as stated_method,
        scorecard_indicators.missing_policy,
        coalesce(scorecard_indicators.is_required, false) as is_required,
        scorecard_indicators.linear_worst,
        scorecard_indicators.linear_best
    from measurements
    inner join {{ ref('int_indicators__judged') }} as judged
        on
            measurements.account_id = judged.account_id
            and measurements.as_of_date = judged.as_of_date
    inner join indicators on measurements.indicator_id = indicators.indicator_id
    left join scorecard_indicators
        on
            judged.scorecard_id = scorecard_indicators.scorecard_id
            and judged.scorecard_version = scorecard_indicators.version
            and measurements.indicator_id = scorecard_indicators.indicator_id
    left join {{ ref('int_indicators__asked_besides') }} as asked_besides
        on
            measurements.account_id = asked_besides.account_id
            and measurements.as_of_date = asked_besides.as_of_date
            and measurements.indicator_id = asked_besides.indicator_id
    where
        (judged.is_own and asked_besides.indicator_id is null)
        or (not judged.is_own and scorecard_indicators.indicator_id is not null)
),

percentiles as (
    select * from weighed where stated_method = 'percentile' and status = 'measured'
),

own_percentiles as (
    select * from percentiles where is_own
),

-- an account that is only about to be judged by a scorecard has those as peers that are, and all
-- others that are about to be
ranked as (
    {{ places_among_peers('own_percentiles') }}
    union all
    select *
    from ({{ places_among_peers('percentiles') }}) as places
    where not is_own
),

with_method as (
    select
        weighed.*,
        ranked.lower_count,
        ranked.equal_count,
        ranked.population,
        case
            when
                weighed.stated_method = 'percentile'
                and coalesce(ranked.population, 0) < {{ minimum_percentile_population() }}
                then 'tiers'
            else weighed.stated_method
        end as method
    from weighed
    left join ranked
        on
            weighed.is_own = ranked.is_own
            and weighed.account_id = ranked.account_id
            and weighed.as_of_date = ranked.as_of_date
            and weighed.indicator_id = ranked.indicator_id
),

-- inner joins first: an outer one with more than equalities is a nested loop on DuckDB
in_tiers as (
    select
        with_method.account_id,
        with_method.as_of_date,
        with_method.indicator_id,
        with_method.is_own,
        tiers.tier_set,
        tiers.tier_score,
        tiers.lower_bound,
        tiers.upper_bound
    from with_method
    inner join tiers
        on
            with_method.scorecard_id = tiers.scorecard_id
            and with_method.scorecard_version = tiers.scorecard_version
            and with_method.indicator_id = tiers.indicator_id
            and (
                (tiers.tier_set = 'value' and with_method.method in ('tiers', 'own_baseline'))
                or (tiers.tier_set = 'baseline_ratio' and with_method.method = 'own_baseline')
            )
    where {{ is_in_tier(
        "case tiers.tier_set when 'value' then with_method.tier_value"
        ~ " else with_method.baseline_ratio end",
        'tiers'
    ) }}
),

with_tiers as (
    select
        with_method.*,
        value_tiers.tier_score as value_score,
        value_tiers.lower_bound as value_lower_bound,
        value_tiers.upper_bound as value_upper_bound,
        ratio_tiers.tier_score as ratio_score,
        ratio_tiers.lower_bound as ratio_lower_bound,
        ratio_tiers.upper_bound as ratio_upper_bound,
        coalesce(ratio_tiers.tier_score < value_tiers.tier_score, false) as is_ratio_binding
    from with_method
    left join (select * from in_tiers where tier_set = 'value') as value_tiers
        on
            with_method.is_own = value_tiers.is_own
            and with_method.account_id = value_tiers.account_id
            and with_method.as_of_date = value_tiers.as_of_date
            and with_method.indicator_id = value_tiers.indicator_id
    left join (select * from in_tiers where tier_set = 'baseline_ratio') as ratio_tiers
        on
            with_method.is_own = ratio_tiers.is_own
            and with_method.account_id = ratio_tiers.account_id
            and with_method.as_of_date = ratio_tiers.as_of_date
            and with_method.indicator_id = ratio_tiers.indicator_id
),

normalised as (
    select
        account_id,
        as_of_date,
        scorecard_id,
        scorecard_version,
        is_own,
        indicator_id,
        module_id,
        dimension,
        status,
        raw_value,
        baseline_value,
        stated_method,
        method,
        population,
        case when is_ratio_binding then ratio_lower_bound else value_lower_bound end
            as tier_lower_bound,
        case when is_ratio_binding then ratio_upper_bound else value_upper_bound end
            as tier_upper_bound,
        is_ratio_binding,
        linear_worst,
        linear_best,
        weight,
        missing_policy,
        is_required,
        {{ to_double("case
            when status <> 'measured' then null
            when method = 'tiers' then value_score
            when is_ratio_binding then ratio_score
            when method = 'own_baseline' then value_score
            when method = 'linear' then " ~ linear_score('raw_value', 'linear_worst', 'linear_best')
            ~ " when method = 'percentile' then "
            ~ percentile_score('lower_count', 'equal_count', 'population', 'direction')
            ~ " end") }} as measured_score
    from with_tiers
)

select * from normalised
