-- Rows that were set aside, from every raw table and from lines that no reader could split.
with exceptional_rows as (
    select * from {{ ref('stg_exceptional_rows') }}
),

history as (
    select * from {{ ref('stg_row_history') }} where disposition = 'quarantined'
),

malformed as (
    select * from {{ source('landing', 'malformed_rows') }}
),

loads as (
    select distinct load_number, loaded_at from {{ source('landing', 'table_loads') }}
),

set_aside as (
    select
        exceptional_rows.table_name as source_table,
        exceptional_rows.row_key,
        exceptional_rows.quarantine_column as column_name,
        exceptional_rows.quarantine_rule as rule,
        exceptional_rows.quarantine_value as shown_value,
        exceptional_rows.loaded_at,
        exceptional_rows.load_number
    from exceptional_rows
    inner join history
        on
            exceptional_rows.table_name = history.table_name
            and exceptional_rows.load_number = history.load_number
            and exceptional_rows.file_name = history.file_name
            and exceptional_rows.line_number = history.line_number
    union all
    select
        malformed.table_name as source_table,
        malformed.file || ':' || cast(malformed.line as varchar) as row_key,
        cast(null as varchar) as column_name,
        'malformed_line' as rule,
        malformed.reason as shown_value,
        loads.loaded_at,
        malformed.load_number
    from malformed
    inner join loads on malformed.load_number = loads.load_number
)

select * from set_aside
