-- From which as-of date on this build computes scores. Earlier dates keep what the last build found,
-- for nothing that came since counts for them. What counts for all dates at once (where the dates
-- begin, what the company records at all) makes all dates new when it changes.
with build as (
    select * from {{ source('config', 'build') }}
),

changed_rows as (
    select changed_from
    from {{ ref('stg_load_totals') }}
    where built_in = (select build_number from {{ source('config', 'build') }})
    union all
    select changed_from
    from {{ ref('stg_row_history') }}
    where built_in = (select build_number from {{ source('config', 'build') }})
),

first_change as (
    select min(changed_from) as changed_from from changed_rows
),

as_of_dates as (
    select
        min(as_of_date) as first_date,
        max(as_of_date) as newest_date
    from {{ ref('int_accounts__as_of_dates') }}
),

landed_tables as (
    select count(distinct table_name) as landed_table_count
    from {{ source('landing', 'table_loads') }}
    where row_count > 0
),

subscriptions as (
    select count(*) > 0 as has_subscriptions from {{ ref('stg_subscriptions') }}
),

-- an outage that is acknowledged, or over, changes dates since it began
outages as (
    select
        min(stale_from) as first_outage_from,
        count(*) as outage_count,
        coalesce(
            sum({{ days_between('stale_from', "coalesce(stale_until, date '9999-12-31')") }}), 0
        ) as outage_day_count
    from {{ source('config', 'acknowledged_outages') }}
),

unrecorded as (
    select count(*) as unrecorded_indicator_count from {{ ref('int_indicators__unrecorded') }}
),

now as (
    select
        build.build_number,
        build.rebuild_from,
        first_change.changed_from,
        as_of_dates.first_date,
        as_of_dates.newest_date,
        landed_tables.landed_table_count,
        unrecorded.unrecorded_indicator_count,
        outages.first_outage_from,
        outages.outage_count,
        cast(outages.outage_day_count as bigint) as outage_day_count,
        subscriptions.has_subscriptions,
        collected.has_users,
        collected.has_minutes,
        collected.has_quantities,
        collected.has_modules,
        collected.has_units
    from build
    cross join first_change
    cross join as_of_dates
    cross join landed_tables
    cross join unrecorded
    cross join outages
    cross join subscriptions
    cross join {{ ref('int_activity__collected') }} as collected
),

build_bounds as (
    select
        now.*,
        {% if is_incremental() -%}
        case
            when
                now.first_date <> earlier.first_date
                {%- for column in [
                    'landed_table_count', 'unrecorded_indicator_count', 'has_subscriptions',
                    'has_users', 'has_minutes', 'has_quantities', 'has_modules', 'has_units',
                ] %}
                or now.{{ column }} <> earlier.{{ column }}
                {%- endfor %}
                then now.first_date
            else {{ partition_start("least(
                now.newest_date,
                earlier.newest_date,
                coalesce(now.changed_from, now.newest_date),
                coalesce(now.rebuild_from, now.newest_date),
                case
                    when
                        now.outage_count <> earlier.outage_count
                        or now.outage_day_count <> earlier.outage_day_count
                        then least(
                            coalesce(now.first_outage_from, earlier.first_outage_from),
                            coalesce(earlier.first_outage_from, now.first_outage_from)
                        )
                    else now.newest_date
                end
            )") }}
        end
        {%- else -%}
        now.first_date
        {%- endif %} as build_from
    from now
    {%- if is_incremental() %}
    cross join {{ this }} as earlier
    {%- endif %}
)

select * from build_bounds
