{# Numbers, as engines spell them. Every macro here has one meaning on all of them. #}

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

{# An amount in another currency or by another count, exact, with twelve places. Of two decimals of at
   most 18 digits DuckDB makes one of 18 again, which a million overflows; one digit more makes it
   reckon with 38, where Spark's decimals end. #}
{% macro amount_times(amount, factor) -%}
    cast({{ amount }} as decimal(19, 4)) * cast({{ factor }} as decimal(18, 8))
{%- endmacro %}

{# The median of some doubles of one row, those that are null left out; null where all are. #}
{% macro median_of(values) -%}
    {{ return(adapter.dispatch('median_of')(values)) }}
{%- endmacro %}

{% macro duckdb__median_of(values) -%}
    list_aggregate([{{ values | join(', ') }}], 'median')
{%- endmacro %}

{% macro default__median_of(values) -%}
    (
        select percentile_cont(0.5) within group (order by single.value)
        from (
            {%- for value in values %}
            select {{ value }} as value{{ " union all" if not loop.last }}
            {%- endfor %}
        ) as single
    )
{%- endmacro %}

{% macro spark__median_of(values) -%}
    {%- set sorted = 'array_sort(array_compact(array(' ~ values | join(', ') ~ ')))' -%}
    (
        get({{ sorted }}, (size({{ sorted }}) - 1) div 2)
        + get({{ sorted }}, size({{ sorted }}) div 2)
    ) / 2
{%- endmacro %}

{# The whole number with its bits moved up by some places. #}
{% macro bits_moved_up(bits, places) -%}
    {{ return(adapter.dispatch('bits_moved_up')(bits, places)) }}
{%- endmacro %}

{% macro default__bits_moved_up(bits, places) -%}
    (cast({{ bits }} as bigint) << cast({{ places }} as integer))
{%- endmacro %}

{% macro spark__bits_moved_up(bits, places) -%}
    shiftleft(cast({{ bits }} as bigint), cast({{ places }} as integer))
{%- endmacro %}

{# How many bits of the whole number are set; 0 for none. #}
{% macro bits_set(bits) -%}
    {{ return(adapter.dispatch('bits_set')(bits)) }}
{%- endmacro %}

{% macro default__bits_set(bits) -%}
    coalesce(cast(bit_count({{ bits }}) as integer), 0)
{%- endmacro %}

{% macro postgres__bits_set(bits) -%}
    coalesce(cast(bit_count(cast({{ bits }} as bit(64))) as integer), 0)
{%- endmacro %}
