{# What engines spell differently. Every macro here has one meaning on all of them. #}

{% macro add_days(date, days) -%}
    {{ return(adapter.dispatch('add_days')(date, days)) }}
{%- endmacro %}

{% macro default__add_days(date, days) -%}
    cast({{ date }} + ({{ days }}) * interval '1' day as date)
{%- endmacro %}

{% macro duckdb__add_days(date, days) -%}
    ({{ date }} + cast({{ days }} as integer))
{%- endmacro %}

{# Whole days from start to end, both dates; negative where end is earlier. #}
{% macro days_between(start, end) -%}
    {{ return(adapter.dispatch('days_between')(start, end)) }}
{%- endmacro %}

{% macro default__days_between(start, end) -%}
    cast(cast({{ end }} as date) - cast({{ start }} as date) as integer)
{%- endmacro %}

{# Hours from start to end, both timestamps, with their fraction. #}
{% macro hours_between(start, end) -%}
    {{ return(adapter.dispatch('hours_between')(start, end)) }}
{%- endmacro %}

{% macro duckdb__hours_between(start, end) -%}
    (date_diff('microsecond', {{ start }}, {{ end }}) / 3600000000.0)
{%- endmacro %}

{% macro default__hours_between(start, end) -%}
    (extract(epoch from ({{ end }} - {{ start }})) / 3600.0)
{%- endmacro %}

{% macro to_double(expression) -%}
    cast({{ expression }} as {{ double_type() }})
{%- endmacro %}

{% macro double_type() -%}
    {{ return(adapter.dispatch('double_type')()) }}
{%- endmacro %}

{% macro default__double_type() -%}double precision{%- endmacro %}
{% macro duckdb__double_type() -%}double{%- endmacro %}
{% macro spark__double_type() -%}double{%- endmacro %}

{# A sum that does not depend on the order of its rows: added as decimals with 12 places. #}
{% macro exact_sum(expression) -%}
    {{ to_double("sum(cast(" ~ expression ~ " as decimal(28, 12)))") }}
{%- endmacro %}

{# One row per date from first to last, both dates included, as column `calendar_date`. #}
{% macro date_spine(first, last) -%}
    {{ return(adapter.dispatch('date_spine')(first, last)) }}
{%- endmacro %}

{% macro duckdb__date_spine(first, last) -%}
    select cast(days.generate_series as date) as calendar_date
    from generate_series(
        cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1' day
    ) as days
{%- endmacro %}

{% macro default__date_spine(first, last) -%}
    select cast(days.day_start as date) as calendar_date
    from generate_series(
        cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1' day
    ) as days(day_start)
{%- endmacro %}

{# A version of a row counts for the date: see the page on time and what was known. #}
{% macro is_known(alias, date) -%}
    {{ alias }}.known_from <= {{ date }}
    and ({{ alias }}.known_until is null or {{ date }} < {{ alias }}.known_until)
{%- endmacro %}

{# A version of an undated state stood at the end of the date. #}
{% macro is_in_force(alias, date) -%}
    {{ alias }}.valid_from <= {{ date }}
    and ({{ alias }}.valid_until is null or {{ date }} < {{ alias }}.valid_until)
{%- endmacro %}
