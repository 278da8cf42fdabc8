with dates as (
    {{ asked_dates('commercial') }}
),

invoice_figures as (
    select * from {{ ref('int_commercial__invoice_figures') }}
),

subscription_figures as (
    select * from {{ ref('int_commercial__subscription_figures') }}
),

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        coalesce({{ days_between('invoices.oldest_overdue_on', 'dates.as_of_date') }}, 0)
            as days_overdue,
        {{ to_double('invoices.late_count') }} / nullif(invoices.due_count, 0)
            as invoices_late_ratio,
        coalesce(invoices.overdue_amount, 0)
        / nullif({{ to_double('dates.yearly_value_amount') }}, 0) as overdue_to_yearly_value_ratio,
        coalesce(invoices.expansion_amount, 0) as expansion_amount_365d,
        subscriptions.discount_pct,
        {{ to_double('dates.seats') }} / nullif(subscriptions.seats_365d_ago, 0) - 1
            as seat_growth_ratio_365d,
        coalesce(subscriptions.renewals_count, 0) as renewals_count,
        dates.days_to_renewal
    from dates
    left join invoice_figures as invoices
        on dates.account_id = invoices.account_id and dates.as_of_date = invoices.as_of_date
    left join subscription_figures as subscriptions
        on
            dates.account_id = subscriptions.account_id
            and dates.as_of_date = subscriptions.as_of_date
)

select * from indicators
