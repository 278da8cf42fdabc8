-- The latest rate at most seven days old; the reporting currency, and no currency, have rate 1.
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
),

company as (
    select * from {{ source('config', 'company') }}
),

exchange_rates as (
    select * from {{ ref('stg_exchange_rates') }}
),

candidates as (
    select
        calendar.as_of_date,
        exchange_rates.currency,
        exchange_rates.rate_to_reporting,
        row_number() over (
            partition by calendar.as_of_date, exchange_rates.currency
            order by exchange_rates.valid_on desc
        ) as recency
    from calendar
    inner join exchange_rates
        on
            exchange_rates.valid_on <= calendar.as_of_date
            and exchange_rates.valid_on >= {{ add_days('calendar.as_of_date', -7) }}
            and {{ is_known('exchange_rates', 'calendar.as_of_date') }}
    cross join company
    where exchange_rates.currency <> company.reporting_currency
),

rates_as_of as (
    select
        currency,
        as_of_date,
        cast(rate_to_reporting as decimal(18, 8)) as rate_to_reporting
    from candidates
    where recency = 1
    union all
    select
        company.reporting_currency as currency,
        calendar.as_of_date,
        cast(1 as decimal(18, 8)) as rate_to_reporting
    from calendar
    cross join company
)

select * from rates_as_of
