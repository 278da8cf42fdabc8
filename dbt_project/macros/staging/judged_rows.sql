{# One row per landed row of the table, typed and judged; what became of it is the history's to say.

   fault_number  the first fault of the list that sets the row aside; 0 for none
   has_fault     whether it has one, or a value that was emptied for a fault of its own
   row_key       what tells one thing from another
   content_hash  what tells two rows of one key apart; content_number only whether it is the same, for less

   `keys` may name a relation of keys: then only their rows, found before anything else is computed,
   with what their history asks (DuckDB plans all of a view for every model that reads it):
   faults        all faults in words, and what may be shown of the values; null for none

   A value is `read_…` as it was landed, and goes by its own name once it is judged: emptied where it
   can't be read or be true by itself, then where it contradicts what is left of another. #}
{% macro judged_rows(table_name, keys=none) -%}
{%- set spec = raw_table_spec(table_name) -%}
{%- set landed_types = landed_types_of(table_name) -%}
{%- set key_faults = row_key_faults(spec) -%}
{%- set content_faults = row_content_faults(spec) -%}
{%- set emptied = emptied_columns(spec) -%}
{%- set emptied_names = emptied | map(attribute='name') | list -%}
{%- set columns = spec.columns + common_columns() -%}
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
        {%- for column in columns %}
        landed.{{ column.name }} as raw_{{ column.name }},
        landed.{{ column.name }}{{ '__typed' if column.name in landed_types }} is not null
            as has_{{ column.name }},
        {%- if column.meta.get('accepted') %}
        landed.{{ column.name }}__listed as raw_{{ column.name }}__listed,
        landed.{{ column.name }}__listed as {{ column.name }}{{ "," if not loop.last }}
        {%- else %}
        {{ as_compared(column, read_as(
            'landed.' ~ column.name, landed_types.get(column.name), column.type, 'company.time_zone'
        )) }} as {{ 'read_' if column.name in emptied_names }}{{ column.staged_name }}
        {{- "," if not loop.last }}
        {%- endif %}
        {%- endfor %}
    from landed
    cross join company
    {%- if has_account %}
    left join known_accounts on landed.account_id = known_accounts.known_account_id
    {%- endif %}
),

readable as (
    select
        *
        {%- for column in emptied %},
        {{ value_without('read_' ~ column.staged_name, column.faults[1:]) }}
            as {{ column.staged_name }}
        {%- endfor %}
    from typed
),

consistent as (
    {%- set contradicted = emptied | selectattr('rules') | list %}
    select
        {%- if contradicted %}
        {{ judged_row_columns(spec, has_account) | join(',\n        ') }}
        {%- for column in contradicted %},
        {{ value_without(column.staged_name, column.rules) }} as {{ column.staged_name }}
            {%- for rule in column.rules %},
        {{ rule.when }} as is_{{ rule.rule }}
            {%- endfor %}
        {%- endfor %}
        {%- else %}
        *
        {%- endif %}
    from readable
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
        {% for column in emptied -%}
        {{ "or " if not loop.first }}(
            has_{{ column.name }} and {{ column.staged_name }} is null
            {{- "" if column.is_common else " and own_is_deleted is distinct from true" }}
        )
        {% endfor %} as is_emptied,
        coalesce(
            own_arrived_at,
            case
                when load_number > 1 then loaded_at
                else cast({{ spec.meta.get('event_time', 'null') }} as timestamp)
            end,
            timestamp '1900-01-01 00:00:00'
        ) as arrived_at
    from consistent
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
        fault_number <> 0 or is_emptied as has_fault,
        {%- if keys %}
        {{ faults_in_words(spec, key_faults, content_faults, emptied) }} as faults,
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
        {%- set lists = spec.columns | selectattr('meta.accepted', 'defined')
            | rejectattr('meta.must_be_listed', 'defined') | list %}
        {% for column in lists -%}
        {{ "or " if not loop.first }}(has_{{ column.name }} and {{ column.name }} is null)
        {% else %}false{% endfor %} as has_other
    from judged
)

select * from final
{%- endmacro %}

{# All columns of a row that is being judged, but those that its rules may empty. #}
{% macro judged_row_columns(spec, has_account) -%}
    {%- set names = [
        'load_number', 'loaded_at', 'file_name', 'line_number', 'landed_event_time',
        'content_number',
    ] -%}
    {%- if has_account -%}{%- do names.append('is_account_known') -%}{%- endif -%}
    {%- set emptied = emptied_columns(spec) -%}
    {%- for column in spec.columns + common_columns() -%}
        {%- do names.extend(['raw_' ~ column.name, 'has_' ~ column.name]) -%}
        {%- if column.meta.get('accepted') -%}
            {%- do names.append('raw_' ~ column.name ~ '__listed') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for column in emptied -%}{%- do names.append('read_' ~ column.staged_name) -%}{%- endfor -%}
    {%- set contradicted = emptied | selectattr('rules') | map(attribute='name') | list -%}
    {%- for column in spec.columns + common_columns() if column.name not in contradicted -%}
        {%- do names.append(column.staged_name) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
