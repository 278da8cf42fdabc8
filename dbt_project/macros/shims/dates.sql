{# Dates and moments, as engines spell them. Every macro here has one meaning on all of them. #}

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

{# One row per date from the first to the last date of a one-row relation, both included, as column
   `calendar_date`. #}
{% macro date_spine(relation, first, last) -%}
    {{ return(adapter.dispatch('date_spine')(relation, first, last)) }}
{%- endmacro %}

{% macro duckdb__date_spine(relation, first, last) -%}
    select cast(unnest(generate_series(
        cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1' day
    )) as date) as calendar_date
    from {{ relation }}
{%- endmacro %}

{% macro default__date_spine(relation, first, last) -%}
    select cast(generate_series(
        cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1' day
    ) as date) as calendar_date
    from {{ relation }}
{%- endmacro %}

{# The Sunday that ends the date's ISO week. #}
{% macro week_ends_on(date) -%}
    {{ add_days("cast(date_trunc('week', " ~ date ~ ") as date)", 6) }}
{%- endmacro %}

{# The Sunday that ended the last complete ISO week by the end of the date. #}
{% macro last_week_ends_on(date) -%}
    {{ add_days("cast(date_trunc('week', " ~ add_days(date, 1) ~ ") as date)", -1) }}
{%- endmacro %}

{# Sundays from the first to the last date of a one-row relation, as column `week_ends_on`. #}
{% macro week_spine(relation, first, last) -%}
    select {{ week_ends_on('days.calendar_date') }} as week_ends_on
    from ({{ date_spine(relation, first, last) }}) as days
    group by {{ week_ends_on('days.calendar_date') }}
{%- endmacro %}

{# The first date of the part of a table that is replaced with a date: the date itself, or its month
   where the engine replaces whole partitions. #}
{% macro partition_start(date) -%}
    {{ return(adapter.dispatch('partition_start')(date)) }}
{%- endmacro %}

{% macro default__partition_start(date) -%}
    {{ date }}
{%- endmacro %}

{% macro spark__partition_start(date) -%}
    cast(date_trunc('month', {{ date }}) as date)
{%- endmacro %}

{# Whether the engine replaces whole partitions, and so keeps no single account's rows of them. #}
{% macro replaces_partitions() -%}
    {{ return(adapter.dispatch('replaces_partitions')()) }}
{%- endmacro %}

{% macro default__replaces_partitions() -%}
    {{ return(false) }}
{%- endmacro %}

{% macro spark__replaces_partitions() -%}
    {{ return(true) }}
{%- endmacro %}
