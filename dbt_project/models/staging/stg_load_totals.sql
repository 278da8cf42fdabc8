-- How many rows each load brought of each raw table, and the first as-of date that those of them may
-- change which are simply accepted. Counted once, when the load comes.
{%- set tables = raw_table_names() %}
with build as (
    select * from {{ source('config', 'build') }}
),

history as (
    select * from {{ ref('stg_row_history') }}
),

landed_rows as (
    {%- for table_name in tables %}
    select
        '{{ table_name }}' as table_name,
        landed.load_number,
        {{ arrived_late('landed.event_on', 'landed.arrived_at') }} as is_late,
        landed.has_other,
        {%- if is_incremental() %}
        case
            when
                history.load_number is null
                {%- if raw_table_spec(table_name).meta.kind == 'state' %}
                and landed.load_number = {{ first_load_number(table_name) }}
                {%- endif %}
                then greatest(
                    landed.reaches_from,
                    {{ known_from_of(
                        'landed.own_arrived_at is null', 'landed.load_number', 'landed.arrived_at'
                    ) }}
                )
        end as changed_from
        {%- else %}
        cast(null as date) as changed_from
        {%- endif %}
    from {{ ref('stg_' ~ table_name ~ '__rows') }} as landed
    {%- if is_incremental() %}
    left join history
        on
            history.table_name = '{{ table_name }}'
            and landed.load_number = history.load_number
            and landed.file_name = history.file_name
            and landed.line_number = history.line_number
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
        min(landed_rows.changed_from) as changed_from,
        max(build.build_number) as built_in
    from landed_rows
    cross join build
    group by landed_rows.table_name, landed_rows.load_number
)

select * from load_totals
