-- The account's own level of use: the median of its complete weeks 5 to 13 back, where it has at
-- least five of them, and the median distance of these weeks from it.
with dates as (
    select
        account_id,
        as_of_date,
        created_on,
        {{ last_week_ends_on('as_of_date') }} as week_ends_on
    from {{ ref('int_indicators__account_dates') }}
),

usage_weeks as (
    select
        weeks.*,
        {{ usage_level('weeks', 'company') }} as usage_level
    from {{ ref('int_activity__usage_weeks') }} as weeks
    cross join {{ source('config', 'company') }} as company
),

-- an account has weeks from its creation, or from its first use where that is unknown, and not
-- before the company's rows begin; what came later than a date moves neither for it
first_weeks as (
    select
        account_id,
        counts_from as on_date,
        0 as is_date,
        min(week_ends_on) as week_ends_on
    from usage_weeks
    group by account_id, counts_from
    union all
    select
        account_id,
        as_of_date as on_date,
        1 as is_date,
        cast(null as date) as week_ends_on
    from dates
),

running_starts as (
    select
        account_id,
        on_date as as_of_date,
        is_date,
        min(week_ends_on) over (
            partition by account_id order by on_date, is_date rows unbounded preceding
        ) as first_week_ends_on,
        min(week_ends_on) over (
            order by on_date, is_date range between unbounded preceding and current row
        ) as company_week_ends_on
    from first_weeks
),

account_starts as (
    select * from running_starts
    where is_date = 1 and first_week_ends_on is not null
),

-- weeks 5 to 13 back, the last complete week being the first
weeks_back as (
    {%- for weeks in range(4, 13) %}
    select {{ weeks * 7 }} as days_back{{ " union all" if not loop.last }}
    {%- endfor %}
),

earlier_weeks as (
    select
        dates.account_id,
        dates.as_of_date,
        {{ add_days('dates.week_ends_on', '-weeks_back.days_back') }} as week_ends_on
    from dates
    cross join weeks_back
    inner join account_starts
        on
            dates.account_id = account_starts.account_id
            and dates.as_of_date = account_starts.as_of_date
    where
        {{ add_days('dates.week_ends_on', '-weeks_back.days_back - 6') }} >= greatest(
            coalesce(
                dates.created_on, {{ add_days('account_starts.first_week_ends_on', -6) }}
            ),
            {{ add_days('account_starts.company_week_ends_on', -6) }}
        )
),

-- an inner join first: an outer one with more than equalities is a nested loop on DuckDB
earlier_use as (
    select
        earlier_weeks.account_id,
        earlier_weeks.as_of_date,
        earlier_weeks.week_ends_on,
        sum(usage_weeks.usage_level) as usage_level
    from earlier_weeks
    inner join usage_weeks
        on
            earlier_weeks.account_id = usage_weeks.account_id
            and earlier_weeks.week_ends_on = usage_weeks.week_ends_on
            and {{ counts_on('usage_weeks', 'earlier_weeks.as_of_date') }}
    group by earlier_weeks.account_id, earlier_weeks.as_of_date, earlier_weeks.week_ends_on
),

earlier_levels as (
    select
        earlier_weeks.account_id,
        earlier_weeks.as_of_date,
        earlier_weeks.week_ends_on,
        coalesce(earlier_use.usage_level, 0) as usage_level
    from earlier_weeks
    left join earlier_use
        on
            earlier_weeks.account_id = earlier_use.account_id
            and earlier_weeks.as_of_date = earlier_use.as_of_date
            and earlier_weeks.week_ends_on = earlier_use.week_ends_on
),

medians as (
    select
        account_id,
        as_of_date,
        count(*) as week_count,
        percentile_cont(0.5) within group (order by {{ to_double('usage_level') }}) as median_level
    from earlier_levels
    group by account_id, as_of_date
),

baselines as (
    select
        account_id,
        as_of_date,
        median_level as baseline_level
    from medians
    where week_count >= 5 and median_level > 0
),

deviations as (
    select
        earlier_levels.account_id,
        earlier_levels.as_of_date,
        percentile_cont(0.5) within group (
            order by
                abs({{ to_double('earlier_levels.usage_level') }} - baselines.baseline_level)
        ) as baseline_deviation
    from earlier_levels
    inner join baselines
        on
            earlier_levels.account_id = baselines.account_id
            and earlier_levels.as_of_date = baselines.as_of_date
    group by earlier_levels.account_id, earlier_levels.as_of_date
),

own_levels as (
    select
        dates.account_id,
        dates.as_of_date,
        baselines.baseline_level,
        deviations.baseline_deviation
    from dates
    left join baselines
        on dates.account_id = baselines.account_id and dates.as_of_date = baselines.as_of_date
    left join deviations
        on dates.account_id = deviations.account_id and dates.as_of_date = deviations.as_of_date
)

select * from own_levels
