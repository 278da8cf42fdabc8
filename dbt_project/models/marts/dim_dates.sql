with as_of_dates as (
    select * from {{ ref('int_accounts__as_of_dates') }}
),

final as (
    select
        as_of_date,
        cast(date_trunc('week', as_of_date) as date) as iso_week_starts_on,
        cast(date_trunc('month', as_of_date) as date) as month_starts_on,
        cast(date_trunc('quarter', as_of_date) as date) as quarter_starts_on,
        is_weekly as is_week_end,
        is_monthly as is_month_end,
        is_quarterly as is_quarter_end,
        is_newest as is_latest
    from as_of_dates
)

select * from final
