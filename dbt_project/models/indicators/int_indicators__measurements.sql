-- Every indicator that a scorecard asks for, with its status: a score exists only for `measured`.
-- The modules' wide rows become one row per indicator here, and only here.
{%- set last_built = last_built('fct_indicator_scores') %}
{%- set carried_dates = ref('int_indicators__carried_dates') %}
{%- set calendar = ref('int_accounts__calendar') %}
with indicators as (
    select * from {{ ref('indicators') }}
),

source_status as (
    select * from {{ ref('int_indicators__source_status') }}
),

unrecorded as (
    select * from {{ ref('int_indicators__unrecorded') }}
),

-- what the sources say of an indicator on a date, for all accounts
sourced as (
    select
        indicators.indicator_id,
        indicators.module_id,
        indicators.minimum_age_days,
        source_status.as_of_date,
        source_status.is_collected and unrecorded.indicator_id is null as is_collected,
        source_status.is_stale,
        source_status.source_out
    from indicators
    inner join source_status on indicators.indicator_id = source_status.indicator_id
    left join unrecorded
        on
            indicators.indicator_id = unrecorded.indicator_id
            and source_status.as_of_date = unrecorded.as_of_date
),

asked as (
    select
        sourced.*,
        required.scorecard_id,
        required.scorecard_version
    from sourced
    inner join {{ ref('int_indicators__required') }} as required
        on sourced.indicator_id = required.indicator_id
),

-- and what only the scorecard of the account's next row asks for
asked_besides as (
    select
        sourced.*,
        asked_besides.account_id
    from sourced
    inner join {{ ref('int_indicators__asked_besides') }} as asked_besides
        on
            sourced.indicator_id = asked_besides.indicator_id
            and sourced.as_of_date = asked_besides.as_of_date
),

all_modules as (
    {%- for module in indicator_modules() %}
    {{ asked_indicators(module, 'asked', ['scorecard_id', 'scorecard_version', 'as_of_date']) }}
    union all
    {{ asked_indicators(module, 'asked_besides', ['account_id', 'as_of_date']) }}
    {{- "\n    union all" if not loop.last }}
    {%- endfor %}
),

recorded as (
    select * from {{ ref('int_indicators__recorded') }}
),

disconnected as (
    select distinct account_id, source_table from {{ source('config', 'disconnected_sources') }}
),

-- the table that an indicator needs as well has no substitute; of two possible sources one does, from
-- when it is collected
not_connected as (
    select
        disconnected.account_id,
        indicators.indicator_id,
        max(
            case
                when
                    disconnected.source_table is distinct from indicators.source_also
                    and other_sources.account_id is null
                    then coalesce(landed_others.counts_from, date '9999-12-31')
                else date '9999-12-31'
            end
        ) as connected_from
    from disconnected
    inner join indicators
        on disconnected.source_table in (
            indicators.source_table, indicators.source_alternative, indicators.source_also
        )
    left join disconnected as other_sources
        on
            disconnected.account_id = other_sources.account_id
            and other_sources.source_table
            in (indicators.source_table, indicators.source_alternative)
            and other_sources.source_table <> disconnected.source_table
    left join recorded as landed_others
        on
            landed_others.fact in (indicators.source_table, indicators.source_alternative)
            and landed_others.fact <> disconnected.source_table
    group by disconnected.account_id, indicators.indicator_id
),

-- of two possible sources one is out: which of them an account's use ever came from, since when
account_feeds as (
    select
        usage_days.account_id,
        usage_days.source_table,
        min(usage_days.counts_from) as fed_from
    from {{ ref('int_activity__usage_days') }} as usage_days
    where exists (select 1 from source_status where source_out is not null)
    group by usage_days.account_id, usage_days.source_table
),

with_status as (
    select
        all_modules.account_id,
        all_modules.as_of_date,
        all_modules.indicator_id,
        all_modules.raw_value,
        all_modules.baseline_value,
        case
            when
                not all_modules.is_collected
                or coalesce(all_modules.as_of_date < not_connected.connected_from, false)
                then 'not_collected'
            when
                all_modules.is_stale
                or out_feeds.account_id is not null
                or (all_modules.source_out is not null and other_feeds.account_id is null)
                then 'stale'
            when all_modules.account_age_days < all_modules.minimum_age_days then 'too_new'
            when all_modules.gap is not null then all_modules.gap
            when all_modules.raw_value is null then 'not_applicable'
            else 'measured'
        end as status
    from all_modules
    left join account_feeds as out_feeds
        on
            all_modules.account_id = out_feeds.account_id
            and all_modules.source_out = out_feeds.source_table
            and out_feeds.fed_from <= all_modules.as_of_date
    left join account_feeds as other_feeds
        on
            all_modules.account_id = other_feeds.account_id
            and all_modules.source_out <> other_feeds.source_table
            and other_feeds.fed_from <= all_modules.as_of_date
    left join not_connected
        on
            all_modules.account_id = not_connected.account_id
            and all_modules.indicator_id = not_connected.indicator_id
),

measurements as (
    select
        account_id,
        as_of_date,
        indicator_id,
        status,
        case when status = 'measured' then raw_value end as raw_value,
        case when status = 'measured' then baseline_value end as baseline_value
    from with_status
    {%- if last_built %}
    union all
    -- what stands is in the mart, which this build has not changed yet
    select
        measured_before.account_id,
        measured_before.as_of_date,
        measured_before.indicator_id,
        measured_before.status,
        measured_before.raw_value,
        measured_before.baseline_value
    from {{ last_built }} as measured_before
    inner join {{ carried_dates }} as carried_dates
        on
            measured_before.account_id = carried_dates.account_id
            and measured_before.as_of_date = carried_dates.as_of_date
    where
        measured_before.as_of_date
        >= (select min(as_of_date) from {{ calendar }})
    {%- endif %}
)

select * from measurements
