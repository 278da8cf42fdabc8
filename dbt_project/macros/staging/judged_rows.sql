{# One row per landed row of the table, typed and judged; what became of it is the history's to say.

   fault_number  the first fault of the list that the row has; 0 for none
   row_key       what tells one thing from another
   content_hash  what tells two rows of one key apart; content_number only whether it is the same, for less

   `keys` may name a relation of keys: then only their rows, found before anything else is computed,
   with what their history asks (DuckDB plans all of a view for every model that reads it):
   quarantine_rule, _column, _value  the fault in words, and what may be shown of it #}
{% macro judged_rows(table_name, keys=none) -%}
{%- set spec = raw_table_spec(table_name) -%}
{%- set landed_types = landed_types_of(table_name) -%}
{%- set key_faults = row_key_faults(spec) -%}
{%- set content_faults = row_content_faults(spec) -%}
{%- set faults = key_faults + content_faults -%}
{#- by name, not by specification: dbt has to see the reference while it only parses -#}
{%- set has_account = table_name not in ['accounts', 'staff', 'exchange_rates'] -%}
with landed as (
    {%- if keys %}
    {{ raw_rows_of(
        table_name, "select row_key from " ~ keys ~ " where table_name = '" ~ table_name ~ "'"
    ) }}
    {%- else %}
    select raw_rows.* from {{ source('raw', table_name) }} as raw_rows
    {%- endif %}
),

company as (
    select * from {{ source('config', 'company') }}
),
{% if has_account %}
known_accounts as (
    select account_id as known_account_id from {{ ref('stg_known_accounts') }}
),
{% endif %}
typed as (
    select
        landed._load_number as load_number,
        landed._loaded_at as loaded_at,
        landed._file as file_name,
        landed._line as line_number,
        {{ landed_event_time(spec, landed_types) }} as landed_event_time,
        {{ content_number(spec, landed_types) }} as content_number,
        {%- if has_account %}
        known_accounts.known_account_id is not null as is_account_known,
        {%- endif %}
        {%- for column in spec.columns + common_columns() %}
        landed.{{ column.name }} as raw_{{ column.name }},
        landed.{{ column.name }}{{ '__typed' if column.name in landed_types }} is not null
            as has_{{ column.name }},
        {{ as_compared(column, read_as(
            'landed.' ~ column.name, landed_types.get(column.name), column.type, 'company.time_zone'
        )) }} as {{ column.staged_name }}{{ "," if not loop.last }}
        {%- endfor %}
    from landed
    cross join company
    {%- if has_account %}
    left join known_accounts on landed.account_id = known_accounts.known_account_id
    {%- endif %}
),

judged as (
    select
        *,
        coalesce(own_is_deleted, false) as is_tombstone,
        {{ row_key(spec, 'raw_', 'file_name', 'line_number') }} as row_key,
        case
            {%- for fault in key_faults %}
            when {{ fault.when }} then {{ loop.index }}
            {%- endfor %}
            -- who says that a row is gone need not repeat its content
            when own_is_deleted then 0
            {%- for fault in content_faults %}
            when {{ fault.when }} then {{ (key_faults | length) + loop.index }}
            {%- endfor %}
            else 0
        end as fault_number,
        coalesce(
            own_arrived_at,
            case
                when load_number > 1 then loaded_at
                else cast({{ spec.meta.get('event_time', 'null') }} as timestamp)
            end,
            timestamp '1900-01-01 00:00:00'
        ) as arrived_at
    from typed
),

final as (
    select
        load_number,
        loaded_at,
        file_name,
        line_number,
        row_key,
        {%- for column in spec.columns %}
        {{ staged_column(column) }} as {{ column.staged_name }},
        {%- endfor %}
        landed_event_time,
        fault_number,
        {%- if keys %}
        case fault_number
            {%- for fault in faults %}
            when {{ loop.index }} then '{{ fault.rule }}'
            {%- endfor %}
        end as quarantine_rule,
        case fault_number
            {%- for fault in faults %}
            when {{ loop.index }} then '{{ fault.column }}'
            {%- endfor %}
        end as quarantine_column,
        case fault_number
            {%- for fault in faults %}
            when {{ loop.index }} then {{ shown_value(spec, fault) }}
            {%- endfor %}
        end as quarantine_value,
        {%- endif %}
        {{ content_hash(spec) }} as content_hash,
        content_number,
        own_arrived_at,
        arrived_at,
        updated_at,
        is_tombstone,
        cast(coalesce({{ spec.meta.get('event_time', 'null') }}, arrived_at) as date) as event_on,
        {#- the first date for which the row may count -#}
        {{ "" }}
        cast(
            {{ spec.meta.get('reaches_from', "date '1900-01-01'") }} as date
        ) as reaches_from,
        {%- set lists = spec.columns | selectattr('meta.accepted', 'defined') | list %}
        {% for column in lists -%}
        {{ "or " if not loop.first }}({{ column.name }} is not null and {{ column.name }} not in (
            '{{ column.meta.accepted | join("', '") }}'
        ))
        {% else %}false{% endfor %} as has_other
    from judged
)

select * from final
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

{# An accepted value, or `other`; anything else as it is. #}
{% macro staged_column(column) -%}
    {%- if column.meta.get('accepted') -%}
        case
            when {{ column.name }} is null then null
            when {{ column.name }} in ('{{ column.meta.accepted | join("', '") }}')
                then {{ column.name }}
            else 'other'
        end
    {%- else -%}
        {{ column.staged_name }}
    {%- endif -%}
{%- endmacro %}

{# What the quarantine shows of a value: nothing of personal columns, the beginning of others. Where
   a number or a date can't be read, anything may stand there, a name too: its shape is shown. #}
{% macro shown_value(spec, fault) -%}
    {%- set column = (spec.columns + common_columns()) | selectattr('name', 'equalto', fault.column) | first -%}
    {%- set beginning = 'left(raw_' ~ fault.column ~ ', 100)' -%}
    {%- if column.meta.get('personal') -%}'(masked)'
    {%- elif fault.rule.startswith('unreadable_') -%}{{ without_emails(shape_of(beginning)) }}
    {%- else -%}{{ without_emails(beginning) }}
    {%- endif -%}
{%- endmacro %}
