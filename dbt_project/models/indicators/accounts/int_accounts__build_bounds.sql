-- From which as-of date on this build computes scores (`build_from`), and from which on it measures all
-- accounts for them (`all_accounts_from`): what is measured of an account rests on its own rows, but
-- for what several share. Earlier dates keep what the last build found, for nothing that came since
-- counts for them.
-- Where the dates begin counts for all of them at once: they are all new when it changes.
{% set bounds_columns = [
    'build_number', 'rebuild_from', 'changed_from', 'first_date', 'newest_date',
    'first_outage_from', 'outage_count', 'outage_day_count',
] %}
with build as (
    select * from {{ source('config', 'build') }}
),

asked as (
    select distinct
        indicators.indicator_id,
        indicators.shared_tables
    from {{ ref('indicators') }} as indicators
    inner join {{ ref('int_indicators__required') }} as required
        on indicators.indicator_id = required.indicator_id
    where indicators.shared_tables is not null
),

-- tables on whose rows an asked indicator rests, whoever's they are
shared as (
    select distinct part as table_name
    from ({{ split_to_rows('asked', 'shared_tables', '|') }}) as tables
),

changed as (
    select
        changed_from,
        account_id is null
        -- an act may name another account's call
        or table_name = 'cta_actions'
        or table_name in (select shared.table_name from shared)
        or exists (select 1 from shared where shared.table_name = 'all') as is_shared
    from {{ ref('stg_changed_accounts') }}
),

first_change as (
    select
        min(changed_from) as changed_from,
        min(changed_from) filter (where is_shared) as shared_changed_from
    from changed
),

company as (
    select min(changed_from) as company_changed_from
    from {{ ref('int_accounts__company_days') }}
),

as_of_dates as (
    select
        min(as_of_date) as first_date,
        max(as_of_date) as newest_date
    from {{ ref('int_accounts__as_of_dates') }}
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

now as (
    select
        build.build_number,
        build.rebuild_from,
        least(
            coalesce(first_change.changed_from, company.company_changed_from),
            coalesce(company.company_changed_from, first_change.changed_from)
        ) as changed_from,
        least(
            coalesce(first_change.shared_changed_from, company.company_changed_from),
            coalesce(company.company_changed_from, first_change.shared_changed_from)
        ) as all_changed_from,
        as_of_dates.first_date,
        as_of_dates.newest_date,
        outages.first_outage_from,
        outages.outage_count,
        cast(outages.outage_day_count as bigint) as outage_day_count
    from build
    cross join first_change
    cross join company
    cross join as_of_dates
    cross join outages
),

{% if is_incremental() -%}
-- what is no row of an account's: the newest date, what was asked for, outages
compared as (
    select
        now.*,
        now.first_date <> earlier.first_date as is_all_new,
        least(
            now.newest_date,
            earlier.newest_date,
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
        ) as new_from
    from now
    cross join {{ this }} as earlier
),

build_bounds as (
    select
        {{ bounds_columns | join(',\n        ') }},
        {%- for name, changed in
            {'build_from': 'changed_from', 'all_accounts_from': 'all_changed_from'}.items() %}
        case
            when is_all_new then first_date
            else {{ partition_start('least(new_from, coalesce(' ~ changed ~ ', new_from))') }}
        end as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from compared
)
{%- else -%}
build_bounds as (
    select
        {{ bounds_columns | join(',\n        ') }},
        first_date as build_from,
        first_date as all_accounts_from
    from now
)
{%- endif %}

select * from build_bounds
