-- Of a table that holds a state only the newest one tells what is still unlisted.
with unlisted_values as (
    select * from {{ ref('stg_unlisted_values') }}
),

newest_loads as (
    select
        table_name,
        max(load_number) as load_number
    from {{ source('landing', 'table_loads') }}
    group by table_name
),

state_tables as (
    {%- for table_name in raw_table_names() if raw_table_spec(table_name).meta.kind == 'state' %}
    select '{{ table_name }}' as table_name{{ " union all" if not loop.last }}
    {%- endfor %}
),

standing as (
    select unlisted_values.*
    from unlisted_values
    inner join newest_loads on unlisted_values.table_name = newest_loads.table_name
    left join state_tables on unlisted_values.table_name = state_tables.table_name
    where
        state_tables.table_name is null
        or unlisted_values.load_number = newest_loads.load_number
),

final as (
    select
        cast(table_name as varchar) as source_table,
        cast(column_name as varchar) as column_name,
        cast({{ without_emails('left(landed_value, 100)') }} as varchar) as value,
        cast(sum(row_count) as bigint) as row_count
    from standing
    group by table_name, column_name, {{ without_emails('left(landed_value, 100)') }}
)

select * from final
