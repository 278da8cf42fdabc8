-- The landed rows that are not simply accepted, of all raw tables: what the history is kept for. Of a
-- key that this build judges, all rows from all loads.
{%- set keys = 'keys_of_this_build' %}
with build as (
    select * from {{ source('config', 'build') }}
),

keys_of_this_build as (
    select * from {{ ref('stg_exceptional_keys') }}
    where built_in = (select build_number from {{ source('config', 'build') }})
),

lost_columns as (
    select
        table_name,
        load_number,
        max(lost_from) as lost_from
    from {{ source('config', 'lost_columns') }}
    group by table_name, load_number
),

table_loads as (
    select
        table_loads.table_name,
        table_loads.load_number,
        table_loads.loaded_at,
        row_number() over by_load as snapshot_number,
        lead(table_loads.loaded_at) over by_load as next_loaded_at,
        max(lost_columns.lost_from) over by_load as not_before
    from {{ source('landing', 'table_loads') }} as table_loads
    left join lost_columns
        on
            table_loads.table_name = lost_columns.table_name
            and table_loads.load_number = lost_columns.load_number
    window by_load as (partition by table_loads.table_name order by table_loads.load_number)
),

exceptional_rows as (
    {%- for table_name in judged_tables() %}
    {{ exceptional_rows(table_name, keys) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

final as (
    select
        exceptional_rows.*,
        table_loads.loaded_at,
        table_loads.snapshot_number,
        -- a load that lacks a column changes no date before it, nor does what comes after it
        table_loads.not_before,
        -- only a state says what is gone
        case when exceptional_rows.is_state then table_loads.next_loaded_at end as next_loaded_at,
        build.build_number as built_in
    from exceptional_rows
    cross join build
    inner join table_loads
        on
            exceptional_rows.table_name = table_loads.table_name
            and exceptional_rows.load_number = table_loads.load_number
)

select * from final
