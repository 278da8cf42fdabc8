-- Of which accounts this build brings rows or judges them anew, by raw table, and the first as-of date
-- that those may change. The first build changes everything and lists nothing.
{%- set tables = raw_table_names() %}
with history as (
    select * from {{ ref('stg_row_history') }}
    {{ "where false" if not is_incremental() }}
),

-- what is simply accepted has no history; a later state repeats it
accepted as (
    {%- for table_name in tables %}
    select
        '{{ table_name }}' as table_name,
        {{ account_of_row(table_name, 'landed') }} as account_id,
        greatest(
            landed.reaches_from,
            {{ known_from_of(
                'landed.own_arrived_at is null', 'landed.load_number', 'landed.arrived_at'
            ) }}
        ) as changed_from
    from {{ ref('stg_' ~ table_name ~ '__rows') }} as landed
    left join history
        on
            history.table_name = '{{ table_name }}'
            and landed.load_number = history.load_number
            and landed.file_name = history.file_name
            and landed.line_number = history.line_number
    where
        {{ "false and" if not is_incremental() }}
        landed.load_number > (select loads_there from {{ source('config', 'build') }})
        and history.load_number is null
        {%- if raw_table_spec(table_name).meta.kind == 'state' %}
        and landed.load_number = {{ first_load_number(table_name) }}
        {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

changed_rows as (
    select * from accepted
    union all
    select
        table_name,
        account_id,
        changed_from
    from history
    where built_in = (select build_number from {{ source('config', 'build') }})
),

changed_accounts as (
    select
        table_name,
        account_id,
        min(changed_from) as changed_from
    from changed_rows
    where changed_from is not null
    group by table_name, account_id
)

select * from changed_accounts
