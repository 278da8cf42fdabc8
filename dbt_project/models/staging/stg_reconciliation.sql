-- What became of every landed row, by table: the sum of the dispositions is the number of raw rows.
with landed as (
    {%- for table_name in raw_table_names() %}
    select
        '{{ table_name }}' as source_table,
        count(*) as landed_count
    from {{ source('raw', table_name) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

malformed as (
    select
        table_name as source_table,
        count(*) as malformed_count
    from {{ source('landing', 'malformed_rows') }}
    group by table_name
),

dispositions as (
    {%- for table_name in raw_table_names() %}
    select
        '{{ table_name }}' as source_table,
        disposition,
        count(*) as row_count,
        count(*) filter (where is_late and disposition = 'accepted') as late_count,
        count(*) filter (
            where disposition = 'accepted' and ({{ has_other_value(table_name) }})
        ) as other_count
    from {{ ref('stg_' ~ table_name ~ '__rows') }}
    group by disposition
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

counted as (
    select
        source_table,
        coalesce(sum(row_count) filter (where disposition = 'accepted'), 0) as accepted_count,
        coalesce(sum(row_count) filter (where disposition = 'quarantined'), 0)
            as quarantined_count,
        coalesce(sum(row_count) filter (where disposition = 'duplicate'), 0) as duplicate_count,
        coalesce(sum(row_count) filter (where disposition = 'superseded'), 0)
            as superseded_count,
        coalesce(sum(row_count) filter (where disposition = 'deleted'), 0) as deleted_count,
        coalesce(sum(late_count), 0) as late_count,
        coalesce(sum(other_count), 0) as other_count
    from dispositions
    group by source_table
),

reconciliation as (
    select
        landed.source_table,
        landed.landed_count + coalesce(malformed.malformed_count, 0) as row_count,
        coalesce(counted.accepted_count, 0) as accepted_count,
        coalesce(counted.quarantined_count, 0) + coalesce(malformed.malformed_count, 0)
            as quarantined_count,
        coalesce(counted.duplicate_count, 0) as duplicate_count,
        coalesce(counted.superseded_count, 0) as superseded_count,
        coalesce(counted.deleted_count, 0) as deleted_count,
        coalesce(counted.late_count, 0) as late_count,
        coalesce(counted.other_count, 0) as other_count
    from landed
    left join malformed on landed.source_table = malformed.source_table
    left join counted on landed.source_table = counted.source_table
)

select * from reconciliation
