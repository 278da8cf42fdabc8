-- Rows that were set aside, from every raw table and from lines that no reader could split.
{% set tables = raw_table_names() %}
with set_aside as (
    {%- for table_name in tables %}
    select
        '{{ table_name }}' as source_table,
        row_key,
        quarantine_column as column_name,
        quarantine_rule as rule,
        quarantine_value as shown_value,
        loaded_at,
        load_number
    from {{ ref('stg_' ~ table_name ~ '__rows') }}
    where disposition = 'quarantined'
    union all
    {%- endfor %}
    select
        table_name as source_table,
        file || ':' || cast(line as varchar) as row_key,
        cast(null as varchar) as column_name,
        'malformed_line' as rule,
        reason as shown_value,
        loads.loaded_at,
        malformed.load_number
    from {{ source('landing', 'malformed_rows') }} as malformed
    inner join (
        select distinct load_number, loaded_at from {{ source('landing', 'table_loads') }}
    ) as loads on malformed.load_number = loads.load_number
)

select * from set_aside
