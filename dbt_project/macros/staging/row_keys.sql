{# The raw rows with these keys. A key of one column is looked for by that column as it is, which an
   engine does while it reads the files; rows without one have their place as their key. #}
{% macro raw_rows_of(table_name, keys, condition='true') -%}
    {%- set spec = raw_table_spec(table_name) -%}
    {%- set rows = source('raw', table_name) -%}
    {%- set whole_key = row_key(spec, 'raw_rows.', 'raw_rows._file', 'raw_rows._line') -%}
    {%- if spec.meta.key | length == 1 -%}
    select raw_rows.* from {{ rows }} as raw_rows
    where raw_rows.{{ spec.meta.key[0] }} in ({{ keys }}) and {{ condition }}
    union all
    select raw_rows.* from {{ rows }} as raw_rows
    where
        raw_rows.{{ spec.meta.key[0] }} is null and {{ whole_key }} in ({{ keys }}) and {{ condition }}
    {%- else -%}
    select raw_rows.* from {{ rows }} as raw_rows
    where {{ whole_key }} in ({{ keys }}) and {{ condition }}
    {%- endif -%}
{%- endmacro %}

{# When a row happened, untouched, so that an engine passes over parts of files by it: in the zone of
   the files, which is less than a day from the true one. Where they hold it as text, or not in a
   column of its own, nothing is passed over. #}
{% macro landed_event_time(spec, landed_types) -%}
    {%- if spec.meta.get('event_time') in landed_types -%}
        landed.{{ spec.meta.event_time }}__typed
    {%- else -%}
        {{ never_skipped() }}
    {%- endif -%}
{%- endmacro %}

{% macro never_skipped() -%}
    timestamp '9999-12-31 00:00:00'
{%- endmacro %}

{# What tells one thing from another: its key, or its place where the key is missing. #}
{% macro row_key(spec, prefix, file_name, line_number) -%}
    {%- set listed = spec.columns | selectattr('meta.accepted', 'defined') | map(attribute='name') | list -%}
    coalesce(
        {%- for key in spec.meta.key %}
        {%- set column = spec.columns | selectattr('name', 'equalto', key) | first %}
        {%- set value = prefix ~ key ~ ('__listed' if key in listed) %}
        {% if spec.meta.key | length == 1 %}{{ value }}
        {%- else %}{{ "|| '|' || " if not loop.first }}
        {{- key_part(as_compared(column, value)) }}{% endif %}
        {%- endfor %},
        {{ file_name }} || ':' || cast({{ line_number }} as varchar)
    )
{%- endmacro %}

{# One part of a key of several columns, so written that no two keys come out the same. #}
{% macro key_part(column) -%}
    replace(replace(coalesce({{ column }}, ''), '~', '~~'), '|', '~.')
{%- endmacro %}

{# The content that tells two rows with one key apart; each value with its length, so that no text
   passes for two. #}
{% macro content_hash(spec) -%}
    md5(
        {%- for column in spec.columns %}
        coalesce(cast(length(raw_{{ column.name }}) as varchar) || ':' || raw_{{ column.name }}, '-') ||
        {%- endfor %}
        cast(is_tombstone as varchar)
    )
{%- endmacro %}

{# The same by a number for the values as they were landed: what has one content has one number. Only
   to find the keys whose content may have changed among very many. As text where two values that
   are equal are written differently: 0 and -0. #}
{% macro content_number(spec, landed_types) -%}
    {%- set values = ['landed.is_deleted'] -%}
    {%- for column in spec.columns -%}
        {%- set is_exact = landed_types.get(column.name, 'DOUBLE') not in ['DOUBLE', 'FLOAT'] -%}
        {%- do values.append('landed.' ~ column.name ~ ('__typed' if is_exact else '')) -%}
    {%- endfor -%}
    {{ number_of_values(values) }}
{%- endmacro %}
