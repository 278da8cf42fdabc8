-- What became of every landed row, by table: the sum of the dispositions is the number of raw rows.
-- Rows without a history are accepted, those of a later state repeat an earlier one.
with source_tables as (
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

-- the loads of later states: what stood before is told again
later_loads as (
    select
        landings.table_name,
        landings.load_number
    from (
        select
            table_name,
            load_number,
            row_number() over (partition by table_name order by load_number) as snapshot_number
        from {{ source('landing', 'table_loads') }}
    ) as landings
    inner join source_tables on landings.table_name = source_tables.source_table
    where source_tables.is_state and landings.snapshot_number > 1
),

load_totals as (
    select
        totals.*,
        later_loads.load_number is not null as is_later
    from {{ ref('stg_load_totals') }} as totals
    left join later_loads
        on
            totals.table_name = later_loads.table_name
            and totals.load_number = later_loads.load_number
),

history as (
    select
        row_history.*,
        later_loads.load_number is not null as is_later
    from {{ ref('stg_row_history') }} as row_history
    left join later_loads
        on
            row_history.table_name = later_loads.table_name
            and row_history.load_number = later_loads.load_number
),

staged as (
    select
        table_name,
        sum(row_count) filter (where not is_later) as row_count,
        sum(row_count) filter (where is_later) as later_count,
        sum(late_count) filter (where not is_later) as late_count,
        sum(other_count) filter (where not is_later) as other_count
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
        count(*) filter (where not is_later) as told_count,
        count(*) filter (where is_later) as told_later_count,
        count(*) filter (where is_late and not is_later) as late_count,
        count(*) filter (where has_other and not is_later) as other_count,
        {%- for disposition in ['accepted', 'quarantined', 'duplicate', 'superseded', 'deleted'] %}
        count(*) filter (where disposition = '{{ disposition }}') as {{ disposition }}_count,
        {%- endfor %}
        count(*) filter (where is_in_quarantine and disposition <> 'quarantined')
            as value_only_count,
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
        - coalesce(dispositions.told_count - dispositions.accepted_count, 0)
            as accepted_count,
        coalesce(dispositions.quarantined_count, 0) + coalesce(malformed.malformed_count, 0)
            as quarantined_count,
        coalesce(dispositions.value_only_count, 0) as value_only_count,
        coalesce(dispositions.duplicate_count, 0)
        + coalesce(staged.later_count, 0) - coalesce(dispositions.told_later_count, 0)
            as duplicate_count,
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
