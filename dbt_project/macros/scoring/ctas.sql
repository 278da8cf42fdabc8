{# A CTA rule concerns an account on a date: its segment and its lifecycle stage, empty for all. #}
{% macro rule_concerns(rule, dates) -%}
    ({{ rule }}.segment_id is null or {{ rule }}.segment_id = {{ dates }}.segment_id)
    and (
        {{ rule }}.lifecycle_stage is null
        or {{ rule }}.lifecycle_stage = {{ dates }}.lifecycle_stage
    )
{%- endmacro %}

{# The name of a call to action that a rule opened. #}
{% macro cta_id(rule_id, opened_on, account_id) -%}
    {{ rule_id }} || ':' || cast({{ opened_on }} as varchar) || ':' || {{ account_id }}
{%- endmacro %}

{# A row that arrives by so many days after a date counts for it. #}
{% macro arrival_days() -%}35{%- endmacro %}
