-- Where a measured value stands among its peers, for the indicators that a scorecard judges so: the
-- measured accounts of the same scorecard and date. An account that is only about to be judged by a
-- scorecard has those as peers that are, and all others that are about to be.
with measured as (
    select
        measurements.account_id,
        measurements.as_of_date,
        measurements.indicator_id,
        judged.scorecard_id,
        judged.scorecard_version,
        judged.is_own,
        criteria.direction,
        {{ comparable('measurements.raw_value') }} as tier_value
    from {{ ref('int_indicators__measurements') }} as measurements
    inner join {{ ref('int_indicators__judged') }} as judged
        on
            measurements.account_id = judged.account_id
            and measurements.as_of_date = judged.as_of_date
    inner join {{ ref('int_scoring__criteria') }} as criteria
        on
            judged.scorecard_id = criteria.scorecard_id
            and judged.scorecard_version = criteria.scorecard_version
            and measurements.indicator_id = criteria.indicator_id
            and criteria.method = 'percentile'
    where measurements.status = 'measured'
),

counted as (
    select
        account_id,
        as_of_date,
        indicator_id,
        is_own,
        direction,
        {%- for peers, one in {'own': 'case when is_own then account_id end', 'all': '*'}.items() %}
        count({{ one }}) over (peers order by tier_value) as {{ peers }}_reached_count,
        count({{ one }}) over (
            partition by as_of_date, scorecard_id, scorecard_version, indicator_id, tier_value
        ) as {{ peers }}_equal_count,
        count({{ one }}) over (peers) as {{ peers }}_population{{ ',' if not loop.last }}
        {%- endfor %}
    from measured
    window peers as (partition by as_of_date, scorecard_id, scorecard_version, indicator_id)
),

-- nobody is a peer of itself
placed as (
    select
        account_id,
        as_of_date,
        indicator_id,
        is_own,
        direction,
        case
            when is_own then own_reached_count - own_equal_count
            else all_reached_count - all_equal_count
        end as lower_count,
        case when is_own then own_equal_count else all_equal_count end - 1 as equal_count,
        case when is_own then own_population else all_population end as population
    from counted
),

percentiles as (
    select
        account_id,
        as_of_date,
        indicator_id,
        is_own,
        population,
        {{ to_double(percentile_score('lower_count', 'equal_count', 'population', 'direction')) }}
            as percentile_score
    from placed
)

select * from percentiles
