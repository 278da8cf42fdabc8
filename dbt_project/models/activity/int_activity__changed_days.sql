-- Days of accounts whose use this build brings or judges anew: old and new versions of a row alike, so
-- that use that moved is taken from the one day or account and given to the other. The first build changes everything
-- and lists nothing.
with new_event_days as (
    select distinct
        events.account_id,
        cast(events.occurred_at as date) as used_on,
        cast(events.occurred_at as date) as period_ends_on
    from {{ ref('stg_usage_events') }} as events
    where events.load_number > (select loads_there from {{ source('config', 'build') }})
),

new_aggregate_days as (
    select distinct
        aggregates.account_id,
        aggregates.used_on,
        {{ usage_period_ends_on('aggregates.period', 'aggregates.used_on') }} as period_ends_on
    from {{ ref('stg_usage_daily') }} as aggregates
    where aggregates.load_number > (select loads_there from {{ source('config', 'build') }})
),

-- the longest period that an aggregate may have had
judged_anew as (
    select distinct
        history.account_id,
        history.event_on as used_on,
        case
            when history.table_name = 'usage_daily'
                then {{ usage_period_ends_on("'month'", 'history.event_on') }}
            else history.event_on
        end as period_ends_on
    from {{ ref('stg_row_history') }} as history
    where
        history.built_in = (select build_number from {{ source('config', 'build') }})
        and history.table_name in ('usage_events', 'usage_daily')
        and history.changed_from is not null
),

all_days as (
    select * from new_event_days
    union all
    select * from new_aggregate_days
    union all
    select * from judged_anew
),

changed_days as (
    select
        account_id,
        used_on,
        max(period_ends_on) as period_ends_on
    from all_days
    where
        used_on is not null
        and (select loads_there from {{ source('config', 'build') }}) > 0
    group by account_id, used_on
)

select * from changed_days
