-- Every indicator that a scorecard asks for, with its status: a score exists only for `measured`.
{% set modules = [
    'readiness', 'onboarding', 'adoption', 'support', 'bugs', 'product_requests', 'sentiment',
    'relationship', 'commercial', 'outcome',
] %}
with all_modules as (
    {%- for module in modules %}
    select
        account_id,
        as_of_date,
        indicator_id,
        {{ to_double('raw_value') }} as raw_value,
        {{ to_double('baseline_value') }} as baseline_value,
        gap
    from {{ ref('int_' ~ module ~ '__indicators') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

dates as (
    select
        account_id,
        as_of_date,
        account_age_days
    from {{ ref('int_indicators__account_dates') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

source_status as (
    select * from {{ ref('int_indicators__source_status') }}
),

unrecorded as (
    select * from {{ ref('int_indicators__unrecorded') }}
),

landed_tables as (
    select distinct table_name from {{ source('landing', 'table_loads') }} where row_count > 0
),

disconnected as (
    select distinct account_id, source_table from {{ source('config', 'disconnected_sources') }}
),

-- the table that an indicator needs as well has no substitute; of two possible sources one does
not_connected as (
    select
        disconnected.account_id,
        indicators.indicator_id
    from disconnected
    inner join indicators
        on disconnected.source_table in (
            indicators.source_table, indicators.source_alternative, indicators.source_also
        )
    left join disconnected as other_sources
        on
            disconnected.account_id = other_sources.account_id
            and other_sources.source_table in (
                indicators.source_table, indicators.source_alternative
            )
            and disconnected.source_table <> other_sources.source_table
    left join landed_tables as landed_others
        on
            landed_others.table_name in (indicators.source_table, indicators.source_alternative)
            and landed_others.table_name <> disconnected.source_table
    where
        disconnected.source_table = indicators.source_also
        or other_sources.account_id is not null
        or landed_others.table_name is null
    group by disconnected.account_id, indicators.indicator_id
),

-- which usage tables an account's use ever came from, and since when
account_feeds as (
    select
        account_id,
        source_table,
        min(counts_from) as fed_from
    from {{ ref('int_activity__usage_days') }}
    group by account_id, source_table
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
                not source_status.is_collected
                or unrecorded.indicator_id is not null
                or not_connected.account_id is not null
                then 'not_collected'
            when
                source_status.is_stale
                or out_feeds.account_id is not null
                or (source_status.source_out is not null and other_feeds.account_id is null)
                then 'stale'
            when dates.account_age_days < indicators.minimum_age_days then 'too_new'
            when all_modules.gap is not null then all_modules.gap
            when all_modules.raw_value is null then 'not_applicable'
            else 'measured'
        end as status
    from all_modules
    inner join indicators on all_modules.indicator_id = indicators.indicator_id
    inner join dates
        on
            all_modules.account_id = dates.account_id
            and all_modules.as_of_date = dates.as_of_date
    inner join source_status
        on
            all_modules.indicator_id = source_status.indicator_id
            and all_modules.as_of_date = source_status.as_of_date
    left join account_feeds as out_feeds
        on
            all_modules.account_id = out_feeds.account_id
            and source_status.source_out = out_feeds.source_table
            and out_feeds.fed_from <= all_modules.as_of_date
    left join account_feeds as other_feeds
        on
            all_modules.account_id = other_feeds.account_id
            and source_status.source_out <> other_feeds.source_table
            and other_feeds.fed_from <= all_modules.as_of_date
    left join unrecorded on all_modules.indicator_id = unrecorded.indicator_id
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
)

select * from measurements
