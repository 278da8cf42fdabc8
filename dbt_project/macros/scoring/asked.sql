{# The indicators by which each account is judged on a date: those of its scorecard, and those that a
   knock-out or a rule alone asks for, which have neither weight nor score. #}
{% macro judged_indicators() -%}
    select
        account_id,
        as_of_date,
        scorecard_id,
        scorecard_version,
        indicator_id,
        status,
        raw_value,
        baseline_value,
        method,
        population,
        tier_number,
        is_ratio_binding,
        is_filled,
        weight,
        counted_weight,
        indicator_score
    from {{ ref('int_scoring__indicator_scores') }}
    where is_own
    union all
    select
        dated.account_id,
        dated.as_of_date,
        dated.scorecard_id,
        dated.scorecard_version,
        dated.indicator_id,
        dated.status,
        dated.raw_value,
        dated.baseline_value,
        cast(null as varchar) as method,
        cast(null as bigint) as population,
        cast(null as bigint) as tier_number,
        false as is_ratio_binding,
        false as is_filled,
        criteria.weight,
        criteria.weight as counted_weight,
        {{ to_double('null') }} as indicator_score
    from (
        select
            measurements.*,
            dates.scorecard_id,
            dates.scorecard_version
        from {{ ref('int_indicators__measurements') }} as measurements
        inner join {{ ref('int_scoring__scored_dates') }} as dates
            on
                measurements.account_id = dates.account_id
                and measurements.as_of_date = dates.as_of_date
        where measurements.indicator_id in (
            select unweighed.indicator_id
            from {{ ref('int_scoring__criteria') }} as unweighed
            where unweighed.weight is null
        )
    ) as dated
    inner join {{ ref('int_scoring__criteria') }} as criteria
        on
            dated.scorecard_id = criteria.scorecard_id
            and dated.scorecard_version = criteria.scorecard_version
            and dated.indicator_id = criteria.indicator_id
            and criteria.weight is null
{%- endmacro %}

{# The knock-outs of a relation that apply to an account on a date, with what they cap the score at. #}
{% macro applying_knock_outs(knock_outs) -%}
    select
        dates.account_id,
        dates.as_of_date,
        knock_outs.knock_out_id,
        knock_outs.indicator_id,
        measured.raw_value,
        knock_outs.reason,
        {{ to_double('knock_outs.cap') }} as cap
    from {{ ref('int_scoring__scored_dates') }} as dates
    inner join {{ knock_outs }} as knock_outs
        on
            dates.scorecard_id = knock_outs.scorecard_id
            and dates.scorecard_version = knock_outs.version
    inner join {{ ref('int_indicators__measurements') }} as measured
        on
            dates.account_id = measured.account_id
            and dates.as_of_date = measured.as_of_date
            and knock_outs.indicator_id = measured.indicator_id
            and measured.status = 'measured'
    where {{ knock_out_applies('measured.raw_value', 'knock_outs', 'dates.days_to_renewal') }}
{%- endmacro %}
