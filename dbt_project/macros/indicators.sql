{# The account dates with each indicator of one module that the date's scorecard asks for: those with
   a weight, those of its knock-outs and those of the CTA rules that apply. #}
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
{%- endmacro %}
