-- What became of every landed row, by table: the sum of the dispositions is the number of raw rows.
-- Rows without a history are accepted.
with load_totals as (
    select * from {{ ref('stg_load_totals') }}
),

history as (
    select * from {{ ref('stg_row_history') }}
),

source_tables as (
    {%- for table_name in raw_table_names() %}
    select
        '{{ table_name }}' as source_table,
        {{ "true" if raw_table_spec(table_name).meta.kind == 'state' else "false" }} as is_state
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- as the landing counted them, and as staging did
landed as (
    select
        table_name,
        sum(row_count) as row_count
    from {{ source('landing', 'table_loads') }}
    group by table_name
),

staged as (
    select
        table_name,
        sum(row_count) as row_count,
        sum(late_count) as late_count,
        sum(other_count) as other_count
    from load_totals
    group by table_name
),

malformed as (
    select
        table_name,
        count(*) as malformed_count
    from {{ source('landing', 'malformed_rows') }}
    group by table_name
),

dispositions as (
    select
        table_name,
        count(*) as exceptional_count,
        count(*) filter (where is_late) as late_count,
        count(*) filter (where has_other) as other_count,
        {%- for disposition in ['accepted', 'quarantined', 'duplicate', 'superseded', 'deleted'] %}
        count(*) filter (where disposition = '{{ disposition }}') as {{ disposition }}_count,
        {%- endfor %}
        count(*) filter (where disposition = 'accepted' and is_late) as accepted_late_count,
        count(*) filter (where disposition = 'accepted' and is_late and is_first_version)
            as accepted_first_late_count,
        count(*) filter (where disposition = 'accepted' and has_other) as accepted_other_count
    from history
    group by table_name
),

reconciliation as (
    select
        source_tables.source_table,
        coalesce(landed.row_count, 0) + coalesce(malformed.malformed_count, 0) as row_count,
        coalesce(staged.row_count, 0)
        - coalesce(dispositions.exceptional_count - dispositions.accepted_count, 0)
            as accepted_count,
        coalesce(dispositions.quarantined_count, 0) + coalesce(malformed.malformed_count, 0)
            as quarantined_count,
        coalesce(dispositions.duplicate_count, 0) as duplicate_count,
        coalesce(dispositions.superseded_count, 0) as superseded_count,
        coalesce(dispositions.deleted_count, 0) as deleted_count,
        coalesce(staged.late_count, 0) - coalesce(dispositions.late_count, 0) + coalesce(
            case
                when source_tables.is_state then dispositions.accepted_first_late_count
                else dispositions.accepted_late_count
            end,
            0
        ) as late_count,
        coalesce(staged.other_count, 0)
        - coalesce(dispositions.other_count - dispositions.accepted_other_count, 0) as other_count
    from source_tables
    left join landed on source_tables.source_table = landed.table_name
    left join staged on source_tables.source_table = staged.table_name
    left join malformed on source_tables.source_table = malformed.table_name
    left join dispositions on source_tables.source_table = dispositions.table_name
)

select * from reconciliation
