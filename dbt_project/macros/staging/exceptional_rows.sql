{# The keys of a table whose rows are not simply accepted: they occur more than once, or a later state
   lacks them, or one of their rows has a fault or says that it is deleted.

   Large tables have few of these: counted by a number that stands for the key, which may stand for
   several, and only those that may be exceptional by their key. A later build lists the keys that it
   judges again: those that its new loads bring again, those that a new state may lack, and those that
   ever had a fault: an account may be known by now, a date may have come. #}
{% macro exceptional_keys(table_name) -%}
{%- set rows = ref('stg_' ~ table_name ~ '__rows') -%}
{%- set spec = raw_table_spec(table_name) -%}
{%- set is_state = spec.meta.kind == 'state' -%}
{%- set loads_there = '(select loads_there from ' ~ source('config', 'build') ~ ')' -%}
{%- if not is_incremental() %}
    select
        '{{ table_name }}' as table_name,
        row_key,
        bool_or(fault_number <> 0) as has_fault
    from {{ rows }}
    where {{ key_number('row_key') }} in (
        select {{ key_number('row_key') }}
        from {{ rows }}
        group by {{ key_number('row_key') }}
        having {{ is_exceptional(table_name, is_state) }}
    )
    group by row_key
    having {{ is_exceptional(table_name, is_state) }}
{%- else %}
    select
        '{{ table_name }}' as table_name,
        row_key,
        bool_or(fault_number <> 0) as has_fault
    from {{ rows }}
    where load_number > {{ loads_there }}
    group by row_key
    having count(*) > 1 or bool_or(fault_number <> 0 or is_tombstone)
    union all
    select
        '{{ table_name }}' as table_name,
        {{ row_key(spec, 'earlier.', 'earlier._file', 'earlier._line') }} as row_key,
        false as has_fault
    from (
        {{ raw_rows_of(
            table_name,
            'select row_key from ' ~ rows ~ ' where load_number > ' ~ loads_there,
            'raw_rows._load_number <= ' ~ loads_there
        ) }}
    ) as earlier
    {%- if is_state %}
    union all
    -- the last state before new ones: what stood in it may be gone
    select
        '{{ table_name }}' as table_name,
        row_key,
        false as has_fault
    from {{ rows }}
    where load_number = (
        select max(load_number) from superseded_states where table_name = '{{ table_name }}'
    )
    {%- endif %}
{%- endif %}
{%- endmacro %}

{% macro is_exceptional(table_name, is_state) -%}
    count(*) > 1
    or bool_or(fault_number <> 0 or is_tombstone)
    {%- if is_state %}
    or max(load_number) < (
        select max(load_number) from table_loads where table_name = '{{ table_name }}'
    )
    {%- endif %}
{%- endmacro %}

{# All rows of a table's exceptional keys that this build judges. #}
{% macro exceptional_rows(table_name, keys) -%}
    select
        '{{ table_name }}' as table_name,
        {{ "true" if raw_table_spec(table_name).meta.kind == 'state' else "false" }} as is_state,
        load_number,
        file_name,
        line_number,
        row_key,
        fault_number,
        is_tombstone,
        updated_at,
        arrived_at,
        own_arrived_at,
        content_hash,
        event_on,
        reaches_from,
        has_other,
        quarantine_rule,
        quarantine_column,
        quarantine_value
    from ({{ judged_rows(table_name, keys) }}) as judged
{%- endmacro %}
