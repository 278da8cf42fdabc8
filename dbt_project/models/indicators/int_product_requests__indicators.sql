with dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

tickets as (
    select * from {{ ref('stg_tickets') }}
),

required as (
    {{ required_indicators('product_requests') }}
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

measured as (
    select
        required.account_id,
        required.as_of_date,
        required.indicator_id,
        cast(
            case required.indicator_id
                when 'requests_open' then coalesce(aggregated.open_count, 0)
                when 'churn_risk_requests_open' then coalesce(aggregated.churn_risk_count, 0)
            end as {{ double_type() }}
        ) as raw_value,
        {{ to_double('null') }} as baseline_value,
        cast(null as {{ dbt.type_string() }}) as gap
    from required
    left join aggregated
        on
            required.account_id = aggregated.account_id
            and required.as_of_date = aggregated.as_of_date
)

select * from measured
