with dates as (
    {{ asked_dates('product_requests') }}
),

tickets as (
    select * from {{ ref('stg_tickets') }}
),

open_requests as (
    select
        dates.account_id,
        dates.as_of_date,
        tickets.is_churn_risk
    from dates
    inner join tickets
        on
            dates.account_id = tickets.account_id
            and tickets.kind = 'feature_request'
            and {{ ticket_is_open('tickets', 'dates.as_of_date') }}
            and {{ is_known('tickets', 'dates.as_of_date') }}
),

aggregated as (
    select
        account_id,
        as_of_date,
        count(*) as open_count,
        count(*) filter (where is_churn_risk) as churn_risk_count
    from open_requests
    group by account_id, as_of_date
),

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        coalesce(aggregated.open_count, 0) as requests_open,
        coalesce(aggregated.churn_risk_count, 0) as churn_risk_requests_open
    from dates
    left join aggregated
        on dates.account_id = aggregated.account_id and dates.as_of_date = aggregated.as_of_date
)

select * from indicators
