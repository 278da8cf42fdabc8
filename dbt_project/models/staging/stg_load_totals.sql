-- How many rows each load brought of each raw table. Counted once, when the load comes.
{%- set tables = raw_table_names() %}
with build as (
    select * from {{ source('config', 'build') }}
),

landed_rows as (
    {%- for table_name in tables %}
    select
        '{{ table_name }}' as table_name,
        landed.load_number,
        {{ arrived_late('landed.event_on', 'landed.arrived_at') }} as is_late,
        landed.has_other
    from {{ ref('stg_' ~ table_name ~ '__rows') }} as landed
    {%- if is_incremental() %}
    where landed.load_number > (select loads_there from {{ source('config', 'build') }})
    {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

load_totals as (
    select
        landed_rows.table_name,
        landed_rows.load_number,
        count(*) as row_count,
        count(*) filter (where landed_rows.is_late) as late_count,
        count(*) filter (where landed_rows.has_other) as other_count,
        max(build.build_number) as built_in
    from landed_rows
    cross join build
    group by landed_rows.table_name, landed_rows.load_number
)

select * from load_totals
