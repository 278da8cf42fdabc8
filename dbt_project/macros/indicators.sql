{# The account dates with each indicator of one module that the date's scorecard asks for: those with
   a weight, those of its knock-outs and those of the CTA rules that apply. And those that only the
   scorecard of the account's next row asks for. #}
{% macro required_indicators(module_id) -%}
    select
        dates.*,
        required.indicator_id
    from {{ ref('int_indicators__account_dates') }} as dates
    inner join {{ ref('int_indicators__required') }} as required
        on
            dates.scorecard_id = required.scorecard_id
            and dates.scorecard_version = required.scorecard_version
            and required.module_id = '{{ module_id }}'
    union all
    select
        dates.*,
        asked_besides.indicator_id
    from {{ ref('int_indicators__account_dates') }} as dates
    inner join {{ ref('int_indicators__asked_besides') }} as asked_besides
        on
            dates.account_id = asked_besides.account_id
            and dates.as_of_date = asked_besides.as_of_date
            and asked_besides.module_id = '{{ module_id }}'
{%- endmacro %}

{# Use of a week by the company's usage measure. #}
{% macro usage_level(weeks, company) -%}
    case {{ company }}.usage_measure
        when 'minutes' then {{ weeks }}.active_minutes
        when 'quantity' then {{ weeks }}.quantity
        else {{ weeks }}.action_count
    end
{%- endmacro %}

{# How far a week's use lies from the account's own level, in its own spreads: 1.4826 times the median
   distance from the median is a standard deviation; below a tenth of the level nothing is unusual.
   Null without a level. #}
{% macro spread_from_level(usage_level) -%}
    ({{ to_double(usage_level) }} - levels.baseline_level)
    / nullif(greatest(1.4826 * levels.baseline_deviation, 0.1 * levels.baseline_level), 0)
{%- endmacro %}
