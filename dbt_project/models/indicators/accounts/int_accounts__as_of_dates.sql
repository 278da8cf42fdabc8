-- The dates that some scorecard's cadence asks for, and the newest date.
with company as (
    select * from {{ source('config', 'company') }}
),

source_days as (
    select * from {{ ref('int_activity__source_days') }}
),

-- what the company had from its first load on: what it connects later moves no first date
first_tables as (
    select distinct table_name
    from {{ source('landing', 'table_loads') }}
    where load_number = 1 and row_count > 0
),

subscription_starts as (
    select min(greatest(known_from, started_on)) as first_started_on
    from {{ ref('stg_subscriptions') }}
),

cadences as (
    select distinct cadence from {{ ref('scorecards') }}
),

-- results, checks and milestones are entered for whole periods: they don't say that data came
data_span as (
    select
        max(source_days.data_on) filter (
            where source_days.source_table not in (
                'business_outcomes', 'onboarding_milestones', 'readiness_checks'
            )
        ) as newest_on,
        min(source_days.counts_from) filter (
            where source_days.source_table like 'usage%' and first_tables.table_name is not null
        ) as first_use_on,
        min(source_days.counts_from) filter (where first_tables.table_name is not null)
            as first_on,
        min(source_days.counts_from) as first_later_on
    from source_days
    cross join company
    left join first_tables on source_days.source_table = first_tables.table_name
    where source_days.data_on <= company.run_date
),

bounds as (
    select
        coalesce(
            company.as_of_date,
            case when company.as_of_mode = 'run_date' then company.run_date end,
            data_span.newest_on,
            company.run_date
        ) as as_of_date,
        coalesce(
            company.score_from,
            data_span.first_use_on,
            data_span.first_on,
            least(
                coalesce(subscription_starts.first_started_on, data_span.first_later_on),
                coalesce(data_span.first_later_on, subscription_starts.first_started_on)
            ),
            company.run_date
        ) as score_from
    from company
    cross join data_span
    cross join subscription_starts
),

ordered_bounds as (
    select
        as_of_date,
        least(score_from, as_of_date) as score_from
    from bounds
),

days as (
    {{ date_spine('ordered_bounds', 'score_from', 'as_of_date') }}
),

flagged as (
    select
        days.calendar_date as as_of_date,
        true as is_daily,
        {{ week_ends_on('days.calendar_date') }} = days.calendar_date as is_weekly,
        date_trunc('month', {{ add_days('days.calendar_date', 1) }})
        = {{ add_days('days.calendar_date', 1) }} as is_monthly,
        date_trunc('quarter', {{ add_days('days.calendar_date', 1) }})
        = {{ add_days('days.calendar_date', 1) }} as is_quarterly,
        days.calendar_date = ordered_bounds.as_of_date as is_newest
    from days
    cross join ordered_bounds
),

as_of_dates as (
    select flagged.*
    from flagged
    where
        flagged.is_newest
        or exists (
            select 1
            from cadences
            where
                cadences.cadence = 'daily'
                or (cadences.cadence = 'weekly' and flagged.is_weekly)
                or (cadences.cadence = 'monthly' and flagged.is_monthly)
                or (cadences.cadence = 'quarterly' and flagged.is_quarterly)
        )
)

select * from as_of_dates
