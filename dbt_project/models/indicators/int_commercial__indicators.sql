with required as (
    {{ required_indicators('commercial') }}
),

invoice_figures as (
    select * from {{ ref('int_commercial__invoice_figures') }}
),

subscription_figures as (
    select * from {{ ref('int_commercial__subscription_figures') }}
),

valued as (
    select
        required.account_id,
        required.as_of_date,
        required.indicator_id,
        case required.indicator_id
            when 'days_overdue'
                then
                    coalesce(
                        {{ days_between('invoices.oldest_overdue_on', 'required.as_of_date') }}, 0
                    )
            when 'invoices_late_ratio'
                then {{ to_double('invoices.late_count') }} / nullif(invoices.due_count, 0)
            when 'overdue_to_yearly_value_ratio'
                then
                    coalesce(invoices.overdue_amount, 0)
                    / nullif({{ to_double('required.yearly_value_amount') }}, 0)
            when 'expansion_amount_365d' then coalesce(invoices.expansion_amount, 0)
            when 'discount_pct' then subscriptions.discount_pct
            when 'seat_growth_ratio_365d'
                then
                    {{ to_double('required.seats') }}
                    / nullif(subscriptions.seats_365d_ago, 0) - 1
            when 'renewals_count' then coalesce(subscriptions.renewals_count, 0)
            when 'days_to_renewal' then required.days_to_renewal
        end as raw_value
    from required
    left join invoice_figures as invoices
        on
            required.account_id = invoices.account_id
            and required.as_of_date = invoices.as_of_date
    left join subscription_figures as subscriptions
        on
            required.account_id = subscriptions.account_id
            and required.as_of_date = subscriptions.as_of_date
),

measured as (
    select
        account_id,
        as_of_date,
        indicator_id,
        {{ to_double('raw_value') }} as raw_value,
        {{ to_double('null') }} as baseline_value,
        case when raw_value is null then 'not_applicable' end as gap
    from valued
)

select * from measured
