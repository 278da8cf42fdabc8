{# The keys of a table whose rows are not simply accepted: they occur more than once, or came or went
   with a later state, or one of their rows has a fault or says that it is deleted.

   Large tables have few of these: counted by a number that stands for the key, which may stand for
   several, and only those that may be exceptional by their key. Of append tables with a key of one
   column the landing has noted which numbers occur more than once. A later build lists the keys that it
   judges again: of an append table those that its new loads bring again, of a state those that its
   new loads change, bring or lack; and of either those that ever had a fault: an account may be known
   by now, a date may have come. #}
{% macro exceptional_keys(table_name) -%}
{%- set rows = ref('stg_' ~ table_name ~ '__rows') -%}
{%- set spec = raw_table_spec(table_name) -%}
{%- set is_state = spec.meta.kind == 'state' -%}
{%- set loads_there = '(select loads_there from ' ~ source('config', 'build') ~ ')' -%}
{%- if not is_incremental() %}
    select
        '{{ table_name }}' as table_name,
        row_key,
        bool_or(has_fault) as has_fault
    from {{ rows }}
    {%- if is_state or spec.meta.key | length > 1 %}
    where {{ key_number('row_key') }} in (
        select {{ key_number('row_key') }}
        from {{ rows }}
        group by {{ key_number('row_key') }}
        having {{ is_exceptional(table_name, is_state) }}
    )
    {%- else %}
    where
        has_fault
        or is_tombstone
        or {{ key_number('row_key') }} in (
            select key_number from {{ source('landing', 'repeated_keys') }}
            where table_name = '{{ table_name }}'
        )
    {%- endif %}
    group by row_key
    having {{ is_exceptional(table_name, is_state) }}
{%- elif is_state %}
    -- what the last state said and each new one says again needs no history
    select
        '{{ table_name }}' as table_name,
        row_key,
        bool_or(has_fault) as has_fault
    from {{ rows }}
    where
        load_number >= {{ first_compared_load(table_name, loads_there) }}
        and {{ last_load_number(table_name) }} > {{ loads_there }}
    group by row_key
    having
        count(*) <> (
            select count(*) from table_loads
            where
                table_name = '{{ table_name }}'
                and load_number >= {{ first_compared_load(table_name, loads_there) }}
        )
        or count(distinct load_number) <> count(*)
        or bool_or(has_fault or is_tombstone)
        or min(content_number) <> max(content_number)
        or count(updated_at) not in (0, count(*))
        or min(updated_at) <> max(updated_at)
{%- else %}
    select
        '{{ table_name }}' as table_name,
        row_key,
        bool_or(has_fault) as has_fault
    from {{ rows }}
    where load_number > {{ loads_there }}
    group by row_key
    having count(*) > 1 or bool_or(has_fault or is_tombstone)
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
{%- endif %}
{%- endmacro %}

{% macro is_exceptional(table_name, is_state) -%}
    count(*) > 1
    or bool_or(has_fault or is_tombstone)
    {%- if is_state %}
    or min(load_number) > {{ first_load_number(table_name) }}
    or max(load_number) < {{ last_load_number(table_name) }}
    {%- endif %}
{%- endmacro %}

{# The load that brought the first state of a table. A row of it without a history stands; one of a
   later state repeats what stood before. #}
{% macro first_load_number(table_name) -%}
    (
        select min(load_number) from {{ source('landing', 'table_loads') }}
        where table_name = '{{ table_name }}'
    )
{%- endmacro %}

{% macro last_load_number(table_name) -%}
    (
        select max(load_number) from {{ source('landing', 'table_loads') }}
        where table_name = '{{ table_name }}'
    )
{%- endmacro %}

{# The last state that was there before this build, with which its own are compared. #}
{% macro first_compared_load(table_name, loads_there) -%}
    coalesce((
        select max(load_number) from {{ source('landing', 'table_loads') }}
        where table_name = '{{ table_name }}' and load_number <= {{ loads_there }}
    ), {{ loads_there }} + 1)
{%- endmacro %}

{# All rows of a table's exceptional keys that this build judges. #}
{% macro exceptional_rows(table_name, keys) -%}
{%- set spec = raw_table_spec(table_name) %}
    select
        '{{ table_name }}' as table_name,
        {{ "true" if spec.meta.kind == 'state' else "false" }} as is_state,
        load_number,
        file_name,
        line_number,
        row_key,
        {{ account_of_row(table_name) }} as account_id,
        fault_number,
        is_tombstone,
        updated_at,
        arrived_at,
        own_arrived_at,
        content_hash,
        event_on,
        reaches_from,
        has_other,
        faults
    from ({{ judged_rows(table_name, keys) }}) as judged
{%- endmacro %}

{# The tables of which this build judges keys, or one of them: to plan for all of them takes an engine
   longer than to judge the few rows of a day. All of them where nothing was built yet. #}
{% macro judged_tables() -%}
    {%- set keys = ref('stg_exceptional_keys') -%}
    {%- set build = source('config', 'build') -%}
    {%- if not execute or load_relation(keys) is none -%}{{ return(raw_table_names()) }}{%- endif -%}
    {%- set found = [] -%}
    {%- for row in adapter.add_query(
        'select distinct table_name from ' ~ keys
        ~ ' where built_in = (select build_number from ' ~ build ~ ')',
        auto_begin=False, abridge_sql_log=True
    )[1].fetchall() -%}{%- do found.append(row[0]) -%}{%- endfor -%}
    {{ return(found | sort or raw_table_names()[:1]) }}
{%- endmacro %}

{# The account that a row names; none in a table whose rows name none. #}
{% macro account_of_row(table_name, alias='') -%}
    {%- set names = raw_table_spec(table_name).columns | map(attribute='name') | list -%}
    {%- if 'account_id' in names -%}{{ alias ~ '.' if alias }}account_id
    {%- else -%}cast(null as varchar){%- endif -%}
{%- endmacro %}
