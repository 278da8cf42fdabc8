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

{# Texts of a group in one, in an order. #}
{% macro joined_texts(text, separator, order_by) -%}
    {{ return(adapter.dispatch('joined_texts')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__joined_texts(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined_texts(text, separator, order_by) -%}
    listagg({{ text }}, '{{ separator }}') within group (order by {{ order_by }})
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

{# A version of a row counts for the date: see the page on time and what was known. #}
{% macro is_known(alias, date) -%}
    {{ alias }}.known_from <= {{ date }}
    and ({{ alias }}.known_until is null or {{ date }} < {{ alias }}.known_until)
{%- endmacro %}

{# A version of an undated state stood at the end of the date. The first one stands since ever, for
   dates on which anything was known of its row. #}
{% macro is_in_force(alias, date) -%}
    {{ alias }}.valid_from <= {{ date }}
    and {{ alias }}.known_from <= {{ date }}
    and ({{ alias }}.valid_until is null or {{ date }} < {{ alias }}.valid_until)
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

{# Number of the 28-day block of a date: a window of 28 days touches two blocks, so that days meet
   dates by an equality and not every day meets every date. #}
{% macro window_block(date) -%}
    cast(floor({{ days_between("date '1970-01-05'", date) }} / 28.0) as integer)
{%- endmacro %}

{# The rows of a relation, once for each part of a text column, with the part as `part`. #}
{% macro split_to_rows(relation, text, separator) -%}
    {{ return(adapter.dispatch('split_to_rows')(relation, text, separator)) }}
{%- endmacro %}

{% macro duckdb__split_to_rows(relation, text, separator) -%}
    select *, unnest(string_split({{ text }}, '{{ separator }}')) as part from {{ relation }}
{%- endmacro %}

{% macro default__split_to_rows(relation, text, separator) -%}
    select *, unnest(string_to_array({{ text }}, '{{ separator }}')) as part from {{ relation }}
{%- endmacro %}

{% macro spark__split_to_rows(relation, text, separator) -%}
    select *, explode(split({{ text }}, '[{{ separator }}]')) as part from {{ relation }}
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

{# The text with every letter as an x. #}
{% macro shape_of(text) -%}
    {{ return(adapter.dispatch('shape_of')(text)) }}
{%- endmacro %}

{% macro default__shape_of(text) -%}
    regexp_replace({{ text }}, '[[:alpha:]]', 'x', 'g')
{%- endmacro %}

{% macro duckdb__shape_of(text) -%}
    regexp_replace({{ text }}, '\p{L}', 'x', 'g')
{%- endmacro %}

{# The text with every e-mail address masked. #}
{% macro without_emails(text) -%}
    regexp_replace({{ text }}, '[^[:space:]@]+@[^[:space:]@]+', '(masked)', 'g')
{%- endmacro %}

{# A whole number that stands for a text; several texts may share one. #}
{% macro key_number(text) -%}
    {{ return(adapter.dispatch('key_number')(text)) }}
{%- endmacro %}

{% macro default__key_number(text) -%}
    hashtext({{ text }})
{%- endmacro %}

{% macro duckdb__key_number(text) -%}
    hash({{ text }})
{%- endmacro %}

{% macro spark__key_number(text) -%}
    xxhash64({{ text }})
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
