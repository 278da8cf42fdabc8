-- The keys of all raw tables whose rows are not simply accepted. Those that this build judges, or
-- judges again, are marked by its number.
with build as (
    select * from {{ source('config', 'build') }}
),

table_loads as (
    select
        table_name,
        load_number,
        lead(load_number) over (partition by table_name order by load_number) as next_load_number
    from {{ source('landing', 'table_loads') }}
),

-- states that a load of this build follows
superseded_states as (
    select
        table_loads.table_name,
        table_loads.load_number
    from table_loads
    cross join build
    where
        table_loads.load_number <= build.loads_there
        and table_loads.next_load_number > build.loads_there
),

found as (
    {%- for table_name in raw_table_names() %}
    {{ exceptional_keys(table_name) }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
    {%- if is_incremental() %}
    union all
    select
        table_name,
        row_key,
        has_fault
    from {{ this }}
    where has_fault
    union all
    -- the last state has a row that changed nothing: it may be told again
    select
        history.table_name,
        history.row_key,
        false as has_fault
    from {{ as_last_built('stg_row_history') }} as history
    inner join superseded_states
        on
            history.table_name = superseded_states.table_name
            and history.load_number = superseded_states.load_number
    where history.disposition not in ('accepted', 'duplicate')
    {%- endif %}
),

exceptional_keys as (
    select
        found.table_name,
        found.row_key,
        bool_or(found.has_fault) as has_fault,
        max(build.build_number) as built_in
    from found
    cross join build
    group by found.table_name, found.row_key
)

select * from exceptional_keys
