with dates as (
    {{ asked_dates('outcome') }}
),

outcomes as (
    select * from {{ ref('stg_business_outcomes') }}
),

north_star_metrics as (
    select * from {{ source('config', 'north_star_metrics') }}
),

account_metrics as (
    select
        dates.account_id,
        dates.as_of_date,
        coalesce(own.metric, fallback.metric) as metric
    from dates
    left join north_star_metrics as own
        on dates.segment_id = own.segment_id
    left join north_star_metrics as fallback
        on fallback.segment_id = 'default'
),

periods as (
    select
        account_metrics.account_id,
        account_metrics.as_of_date,
        outcomes.actual,
        outcomes.target,
        lag(outcomes.actual) over by_period as previous_actual,
        row_number() over (
            partition by account_metrics.account_id, account_metrics.as_of_date
            order by outcomes.period_end desc, outcomes.period_start desc
        ) as newest_first
    from account_metrics
    inner join outcomes
        on
            account_metrics.account_id = outcomes.account_id
            and account_metrics.metric = outcomes.metric
            and {{ is_known('outcomes', 'account_metrics.as_of_date') }}
            and outcomes.period_end <= account_metrics.as_of_date
    window by_period as (
        partition by account_metrics.account_id, account_metrics.as_of_date
        order by outcomes.period_end, outcomes.period_start
    )
),

-- nothing can be said in relation to a target or to an earlier level of zero or less
latest as (
    select
        account_id,
        as_of_date,
        {{ to_double('actual') }} as actual,
        {{ to_double('case when target > 0 then target end') }} as positive_target,
        {{ to_double('case when previous_actual > 0 then previous_actual end') }}
            as positive_previous
    from periods
    where newest_first = 1
),

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        latest.actual / latest.positive_target as north_star_to_target_ratio,
        (latest.actual - latest.positive_previous) / latest.positive_previous
            as north_star_growth_ratio
    from dates
    left join latest
        on dates.account_id = latest.account_id and dates.as_of_date = latest.as_of_date
)

select * from indicators
