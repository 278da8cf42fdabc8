-- Whether an indicator's sources had rows for this company by the date, and are fresh on it: not
-- older than their allowed lag, and in no outage that an operator acknowledged.
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

-- tables among other facts
recorded_on as (
    select * from {{ ref('int_indicators__recorded_on') }}
),

table_limits as (
    select * from {{ source('config', 'table_limits') }}
),

source_days as (
    select * from {{ ref('int_activity__source_days') }}
),

newest as (
    select
        calendar.as_of_date,
        source_days.source_table,
        max(source_days.data_on) as newest_on
    from calendar
    inner join source_days
        on
            source_days.data_on <= calendar.as_of_date
            and source_days.counts_from <= calendar.as_of_date
    group by calendar.as_of_date, source_days.source_table
),

acknowledged_outages as (
    select distinct
        calendar.as_of_date,
        outages.table_name
    from calendar
    inner join {{ source('config', 'acknowledged_outages') }} as outages
        on
            outages.stale_from <= calendar.as_of_date
            and (outages.stale_until is null or calendar.as_of_date < outages.stale_until)
),

-- an indicator with two possible sources is as fresh as its fresher one; one without any data by
-- the date is none
indicator_sources as (
    select indicator_id, source_table, source_also from indicators
    union all
    select indicator_id, source_alternative as source_table, source_also
    from indicators
    where source_alternative is not null
),

checked as (
    select
        calendar.as_of_date,
        indicator_sources.indicator_id,
        landed.fact is not null
        and (indicator_sources.source_also is null or landed_also.fact is not null)
            as is_collected,
        landed.fact is not null
        and coalesce(
            {{ days_between('newest.newest_on', 'calendar.as_of_date') }}
            > table_limits.allowed_lag_days,
            false
        ) as is_stale,
        newest.newest_on is not null as has_data,
        outages.table_name is not null as is_out,
        outages_also.table_name is not null as is_out_also,
        indicator_sources.source_table
    from calendar
    cross join indicator_sources
    left join recorded_on as landed
        on
            indicator_sources.source_table = landed.fact
            and calendar.as_of_date = landed.as_of_date
    left join recorded_on as landed_also
        on
            indicator_sources.source_also = landed_also.fact
            and calendar.as_of_date = landed_also.as_of_date
    left join table_limits on indicator_sources.source_table = table_limits.table_name
    left join newest
        on
            indicator_sources.source_table = newest.source_table
            and calendar.as_of_date = newest.as_of_date
    left join acknowledged_outages as outages
        on
            indicator_sources.source_table = outages.table_name
            and calendar.as_of_date = outages.as_of_date
    left join acknowledged_outages as outages_also
        on
            indicator_sources.source_also = outages_also.table_name
            and calendar.as_of_date = outages_also.as_of_date
),

-- of two possible sources one may be out: the indicator is stale for the accounts that it feeds
source_status as (
    select
        as_of_date,
        indicator_id,
        bool_or(is_collected) as is_collected,
        bool_or(is_out_also)
        or not bool_or(not is_out)
        or (bool_or(is_stale) and not bool_or(is_collected and has_data and not is_stale))
            as is_stale,
        case when bool_or(not is_out) then max(case when is_out then source_table end) end
            as source_out
    from checked
    group by as_of_date, indicator_id
)

select * from source_status
