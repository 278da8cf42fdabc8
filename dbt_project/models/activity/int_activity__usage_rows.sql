-- Every accepted row of use, of both sources, in one form. Only the models of days and weeks read it;
-- everything later reads those.
with events as (
    select * from {{ ref('stg_usage_events') }}
),

aggregates as (
    select * from {{ ref('stg_usage_daily') }}
),

key_actions as (
    select distinct action from {{ source('config', 'key_actions') }}
),

-- a negative quantity is a return: it lowers the quantity and is no activity
event_rows as (
    select
        events.account_id,
        events.user_id,
        events.module,
        events.unit_id,
        events.landed_event_time,
        cast(events.occurred_at as date) as used_on,
        cast(events.occurred_at as date) as period_ends_on,
        events.known_from,
        events.known_until,
        case when coalesce(events.quantity, 1) >= 0 then 1 else 0 end as action_count,
        case
            when coalesce(events.quantity, 1) >= 0 and key_actions.action is not null then 1
            else 0
        end as key_action_count,
        cast(null as integer) as active_user_count,
        coalesce(events.duration_seconds, 0) as duration_seconds,
        coalesce(events.quantity, 0) as quantity,
        'usage_events' as source_table
    from events
    left join key_actions on events.action = key_actions.action
),

aggregate_rows as (
    select
        account_id,
        user_id,
        module,
        cast(null as varchar) as unit_id,
        {{ never_skipped() }} as landed_event_time,
        used_on,
        {{ usage_period_ends_on('period', 'used_on') }} as period_ends_on,
        known_from,
        known_until,
        cast(events as integer) as action_count,
        0 as key_action_count,
        cast(active_users as integer) as active_user_count,
        coalesce(duration_seconds, 0) as duration_seconds,
        coalesce(quantity, 0) as quantity,
        'usage_daily' as source_table
    from aggregates
),

all_rows as (
    select * from event_rows
    union all
    select * from aggregate_rows
),

-- a row counts from the end of its period, or from when it was known, whatever is later
usage_rows as (
    select
        account_id,
        user_id,
        module,
        unit_id,
        landed_event_time,
        used_on,
        period_ends_on,
        greatest(known_from, period_ends_on) as counts_from,
        known_until as counts_until,
        source_table,
        action_count,
        key_action_count,
        active_user_count,
        duration_seconds,
        quantity
    from all_rows
    where known_until is null or known_until > greatest(known_from, period_ends_on)
)

select * from usage_rows
