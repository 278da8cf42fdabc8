-- This refresh's rows; who publishes them adds the refresh's id and the rows of earlier refreshes.
with reconciliation as (
    select * from {{ ref('stg_reconciliation') }}
),

calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where is_newest
),

newest as (
    select
        source_days.source_table,
        max(source_days.data_on) as newest_on
    from {{ ref('int_activity__source_days') }} as source_days
    cross join calendar
    where source_days.data_on <= calendar.as_of_date
    group by source_days.source_table
),

extra_columns as (
    select
        table_name as source_table,
        count(distinct column_name) as extra_column_count
    from {{ source('landing', 'extra_columns') }}
    group by table_name
),

limits as (
    select * from {{ source('config', 'table_limits') }}
),

measured as (
    select
        reconciliation.*,
        newest.newest_on,
        {{ days_between('newest.newest_on', 'calendar.as_of_date') }} as lag_days,
        limits.allowed_lag_days,
        limits.quarantine_limit_ratio,
        coalesce(extra_columns.extra_column_count, 0) as extra_column_count
    from reconciliation
    cross join calendar
    left join newest on reconciliation.source_table = newest.source_table
    left join extra_columns on reconciliation.source_table = extra_columns.source_table
    left join limits on reconciliation.source_table = limits.table_name
),

final as (
    select
        cast(source_table as varchar) as source_table,
        cast(null as varchar) as refresh_id,
        cast(row_count as bigint) as row_count,
        cast(accepted_count as bigint) as accepted_count,
        cast(quarantined_count as bigint) as quarantined_count,
        cast(duplicate_count as bigint) as duplicate_count,
        cast(superseded_count as bigint) as superseded_count,
        cast(deleted_count as bigint) as deleted_count,
        cast(late_count as bigint) as late_count,
        cast(other_count as bigint) as other_count,
        cast(value_only_count as bigint) as value_only_count,
        {{ to_double('quarantined_count + value_only_count') }} / nullif(row_count, 0)
            as quarantined_ratio,
        {{ to_double('quarantine_limit_ratio') }} as quarantine_limit_ratio,
        newest_on,
        cast(lag_days as integer) as lag_days,
        cast(allowed_lag_days as integer) as allowed_lag_days,
        cast(extra_column_count as integer) as extra_column_count,
        cast(
            case
                when row_count = 0 then 'not_collected'
                when coalesce(lag_days > allowed_lag_days, false) then 'stale'
                else 'fresh'
            end as varchar
        ) as status
    from measured
)

select * from final
