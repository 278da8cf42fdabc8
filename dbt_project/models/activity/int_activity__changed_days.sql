-- Days whose use this build brings or judges anew: old and new versions of a row alike, so that use
-- that moved is taken from the one day and given to the other. The first build changes everything
-- and lists nothing.
with build as (
    select * from {{ source('config', 'build') }}
),

event_days as (
    select
        cast(occurred_at as date) as used_on,
        cast(occurred_at as date) as period_ends_on
    from {{ ref('stg_usage_events__rows') }}
    where
        changed_from is not null
        and built_in = (select build_number from build)
),

aggregate_days as (
    select
        used_on,
        {{ usage_period_ends_on('period', 'used_on') }} as period_ends_on
    from {{ ref('stg_usage_daily__rows') }}
    where
        changed_from is not null
        and built_in = (select build_number from build)
),

all_days as (
    select * from event_days
    union all
    select * from aggregate_days
),

changed_days as (
    select
        used_on,
        max(period_ends_on) as period_ends_on
    from all_days
    group by used_on
)

select * from changed_days
