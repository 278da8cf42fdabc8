{# Reading a landed value as a type: null where it can't be read; the caller counts and quarantines. #}

{# A value as it is compared and kept: `eur` is `EUR`. #}
{% macro as_compared(column, value) -%}
    {%- if column.meta.get('currency') -%}
        upper(trim({{ value }}))
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}

{# A column that all loads hold in one type that loses nothing is read as it is, any other as text. #}
{% macro read_as(column, landed_type, data_type, zone) -%}
    {%- if landed_type is none -%}
        {{ read_text_as(column, data_type, zone) }}
    {%- else -%}
        {{ read_typed_as(column ~ '__typed', landed_type, data_type, zone) }}
    {%- endif -%}
{%- endmacro %}

{% macro read_typed_as(column, landed_type, data_type, zone) -%}
    {%- if data_type == 'boolean' -%}
        {{ column }}
    {%- elif data_type == 'integer' -%}
        case
            when {{ column }} between -2147483647 and 2147483647
                then cast({{ column }} as bigint)
        end
    {%- elif data_type == 'money' -%}
        {{ number_within(column, 14, 4) }}
    {%- elif data_type == 'decimal' -%}
        {{ number_within(column, 12, 6) }}
    {%- elif data_type == 'rate' -%}
        {{ number_within(column, 10, 8) }}
    {%- elif data_type == 'date' -%}
        case
            when cast({{ column }} as date) between date '1900-01-01' and date '9999-12-31'
                then cast({{ column }} as date)
        end
    {%- elif data_type == 'timestamp' -%}
        {%- if 'TIME ZONE' in landed_type -%}
            {%- set moment = "timezone('UTC', " ~ column ~ ")" -%}
        {%- elif landed_type == 'DATE' -%}
            {%- set moment = "cast(" ~ column ~ " as timestamp)" -%}
        {%- else -%}
            {#- the conversion is slow, and most companies write UTC -#}
            {%- set moment = "case when " ~ zone ~ " = 'UTC' then " ~ column
                ~ " else timezone('UTC', timezone(" ~ zone ~ ", " ~ column ~ ")) end" -%}
        {%- endif -%}
        case
            when
                cast({{ column }} as timestamp)
                between timestamp '1900-01-01' and timestamp '9999-12-31 23:59:59.999999'
                then {{ moment }}
        end
    {%- endif -%}
{%- endmacro %}

{# A number with so many digits before and after the point; null where it has more before it. #}
{% macro number_within(column, before, after) -%}
    case
        when abs({{ column }}) < 1e{{ before }}
            then cast({{ column }} as decimal({{ before + after }}, {{ after }}))
    end
{%- endmacro %}

{% macro read_text_as(column, data_type, zone) -%}
    {{ return(adapter.dispatch('read_text_as')(column, data_type, zone)) }}
{%- endmacro %}

{% macro duckdb__read_text_as(column, data_type, zone) -%}
    {%- if data_type == 'text' -%}
        {{ column }}
    {%- elif data_type == 'boolean' -%}
        case
            when lower({{ column }}) in ('true', 't', 'yes', 'y', '1', '1.0') then true
            when lower({{ column }}) in ('false', 'f', 'no', 'n', '0', '0.0') then false
        end
    {%- elif data_type == 'integer' -%}
        case
            when
                try_cast({{ column }} as decimal(18, 6))
                = floor(try_cast({{ column }} as decimal(18, 6)))
                and try_cast({{ column }} as decimal(18, 6)) between -2147483647 and 2147483647
                then cast(try_cast({{ column }} as decimal(18, 6)) as bigint)
        end
    {%- elif data_type == 'money' -%}
        try_cast({{ column }} as decimal(18, 4))
    {%- elif data_type == 'decimal' -%}
        try_cast({{ column }} as decimal(18, 6))
    {%- elif data_type == 'rate' -%}
        try_cast({{ column }} as decimal(18, 8))
    {%- elif data_type == 'date' -%}
        {#- the cast to a date overlooks what follows the day, the one to a timestamp does not; a moment
            that is midnight in the zone, but was not written so, is that day -#}
        {%- set local = "timezone(" ~ zone ~ ", try_cast(" ~ column ~ " as timestamptz))" -%}
        case
            when
                {{ column }} similar to '.*:.*(Z|z|UTC|[+-][0-9:]+)'
                and not regexp_matches({{ column }}, '[T ]00:00(:00([.]0+)?)?(Z|z|UTC|[+-])')
                and {{ local }} = date_trunc('day', {{ local }})
                and cast({{ local }} as date) between date '1900-01-01' and date '9999-12-31'
                then cast({{ local }} as date)
            when
                try_cast({{ column }} as timestamp) is not null
                and try_cast({{ column }} as date) between date '1900-01-01' and date '9999-12-31'
                then try_cast({{ column }} as date)
        end
    {%- elif data_type == 'timestamp' -%}
        {#- `10:00Z` without seconds is ISO 8601 too -#}
        {%- set moment = "regexp_replace(" ~ column
            ~ ", '([T ][0-9]{2}:[0-9]{2})(Z|z|[+-][0-9:]+)$', '\\1:00\\2')" -%}
        case
            when
                try_cast({{ moment }} as timestamp) is null
                or try_cast({{ moment }} as timestamp)
                not between timestamp '1900-01-01' and timestamp '9999-12-31 23:59:59.999999'
                then null
            when {{ column }} similar to '.*:.*(Z|z|UTC|[+-][0-9:]+)'
                then timezone('UTC', try_cast({{ moment }} as timestamptz))
            when {{ column }} like '%:%'
                then timezone('UTC', timezone({{ zone }}, try_cast({{ column }} as timestamp)))
            else try_cast({{ column }} as timestamp)
        end
    {%- else -%}
        {{ exceptions.raise_compiler_error("raw table column of unknown type: " ~ data_type) }}
    {%- endif -%}
{%- endmacro %}

{# The columns of a raw table that all loads hold in one type, with that type: see raw_views.py. #}
{% macro landed_types_of(table_name) -%}
    {%- set types = {} -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(source('raw', table_name))
            if column.name.endswith('__typed') -%}
            {%- do types.update({column.name[:-7]: column.dtype | upper}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(types) }}
{%- endmacro %}

{# An accepted value, or `other`; nothing where it repeats what it may not; anything else as it is. #}
{% macro staged_column(column) -%}
    {%- if column.meta.get('accepted') and not column.meta.get('must_be_listed') -%}
        case when has_{{ column.name }} then coalesce({{ column.name }}, 'other') end
    {%- elif column.meta.get('not_itself') -%}
        nullif({{ column.staged_name }}, {{ column.meta.not_itself }})
    {%- else -%}
        {{ column.staged_name }}
    {%- endif -%}
{%- endmacro %}
