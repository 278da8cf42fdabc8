-- Landed values that no list has, by load: counted once, when the load comes.
{%- set counted = [] %}
{%- for table_name in raw_table_names() %}
    {%- set rows = source('raw', table_name) %}
    {%- for column in raw_table_spec(table_name).columns if column.meta.get('accepted') %}
        {%- do counted.append({'table': table_name, 'column': column.name, 'rows': rows}) %}
    {%- endfor %}
{%- endfor %}
with build as (
    select * from {{ source('config', 'build') }}
),

unlisted as (
    {%- for one in counted %}
    select
        '{{ one.table }}' as table_name,
        '{{ one.column }}' as column_name,
        landed._load_number as load_number,
        landed.{{ one.column }} as landed_value
    from {{ one.rows }} as landed
    where
        landed.{{ one.column }} is not null
        and landed.{{ one.column }}__listed is null
        {%- if is_incremental() %}
        and landed._load_number > (select loads_there from {{ source('config', 'build') }})
        {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

unlisted_values as (
    select
        unlisted.table_name,
        unlisted.column_name,
        unlisted.load_number,
        unlisted.landed_value,
        count(*) as row_count,
        max(build.build_number) as built_in
    from unlisted
    cross join build
    group by
        unlisted.table_name, unlisted.column_name, unlisted.load_number, unlisted.landed_value
)

select * from unlisted_values
