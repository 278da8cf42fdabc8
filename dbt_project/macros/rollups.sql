{# The roll-ups that an account belongs to by what it has itself, each with what names it. What it does
   not have (a CSM, a region) is `(none)`. #}
{% macro rollup_keys() -%}
    {{ return({
        'csm': 'csm_id', 'segment': 'segment_id', 'industry': 'industry', 'region': 'region',
    }) }}
{%- endmacro %}

{# What weighs in value-weighted scores; wide enough for its product with a score. #}
{% macro rollup_weight(value_amount) -%}
    cast(coalesce({{ value_amount }}, 0) as decimal(20, 4))
{%- endmacro %}

{# Kind and name of a row that was grouped by one of these: the keys of the others are null. #}
{% macro rollup_of_grouping_set() -%}
    case
        {%- for kind in rollup_keys() %}
        when {{ kind }}_rollup_id is not null then '{{ kind }}'
        {%- endfor %}
        else 'company'
    end as rollup_kind,
    coalesce(
        {%- for kind in rollup_keys() %}
        {{ kind }}_rollup_id,
        {%- endfor %}
        company_rollup_id
    ) as rollup_id
{%- endmacro %}
