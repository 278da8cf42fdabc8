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

{# What a call to action that opened on a day may have become: it lasts beyond that day, and begins so
   soon after it that late data, or the next date of the cadence, may have moved the beginning. The day
   is the text that stands in a name, where anything may stand. #}
{% macro goes_by(named_on, opened_on, ended_on, rule) -%}
    {{ named_on }} like '____-__-__'
    and ({{ ended_on }} is null or {{ named_on }} < cast({{ ended_on }} as varchar))
    and {{ named_on }} >= cast({{ add_days(
        opened_on, '-greatest(coalesce(' ~ rule ~ '.quiet_days, 0), ' ~ arrival_days() ~ ')'
    ) }} as varchar)
{%- endmacro %}
