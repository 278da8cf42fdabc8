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

table_loads as (
    select
        table_name,
        load_number,
        loaded_at,
        row_number() over by_load as snapshot_number,
        lead(loaded_at) over by_load as next_loaded_at
    from {{ source('landing', 'table_loads') }}
    window by_load as (partition by table_name order by load_number)
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
