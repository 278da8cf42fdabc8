-- What was set aside, from every raw table: rows and single values, a fault each, and lines that no
-- reader could split.
with in_quarantine as (
    select * from {{ ref('stg_row_history') }} where is_in_quarantine
),

faults as (
    {{ split_to_rows('in_quarantine', 'faults', "\n") }}
),

malformed as (
    select * from {{ source('landing', 'malformed_rows') }}
),

loads as (
    select distinct load_number, loaded_at from {{ source('landing', 'table_loads') }}
),

set_aside as (
    select
        faults.table_name as source_table,
        faults.row_key,
        split_part(faults.part, '|', 2) as column_name,
        split_part(faults.part, '|', 1) as rule,
        case
            when position('=' in faults.part) > 0
                then substr(faults.part, position('=' in faults.part) + 1)
        end as shown_value,
        split_part(faults.part, '|', 3) = 'value' as is_value_only,
        loads.loaded_at,
        faults.load_number
    from faults
    inner join loads on faults.load_number = loads.load_number
    union all
    select
        malformed.table_name as source_table,
        malformed.file || ':' || cast(malformed.line as varchar) as row_key,
        cast(null as varchar) as column_name,
        'malformed_line' as rule,
        malformed.reason as shown_value,
        false as is_value_only,
        loads.loaded_at,
        malformed.load_number
    from malformed
    inner join loads on malformed.load_number = loads.load_number
)

select * from set_aside
