-- Dates come from the version known for the date, undated facts from the one that stood on it.
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

known as (
    select
        calendar.as_of_date,
        subscriptions.subscription_id,
        subscriptions.account_id,
        subscriptions.product,
        subscriptions.started_on,
        subscriptions.ends_on,
        {{ contract_over_on('subscriptions', 'calendar.as_of_date') }} as over_on
    from subscriptions
    inner join calendar
        on
            subscriptions.started_on <= calendar.as_of_date
            and {{ is_contract_known('subscriptions', 'calendar.as_of_date') }}
),

dated as (
    select
        *,
        coalesce(over_on >= as_of_date, true) as is_in_force
    from known
    where coalesce(over_on >= {{ add_days('as_of_date', -30) }}, true)
),

subscriptions_as_of as (
    select
        dated.account_id,
        dated.as_of_date,
        dated.subscription_id,
        dated.product,
        undated.plan,
        cast(undated.seats as integer) as seats,
        cast(undated.units as integer) as units,
        cast(
            {{ amount_times(
                'undated.amount',
                "case undated.billing_period when 'month' then 12 when 'quarter' then 4 else 1 end"
            ) }}
            as decimal(18, 4)
        ) as yearly_amount,
        undated.currency,
        undated.discount_pct,
        dated.started_on,
        dated.ends_on,
        dated.over_on,
        dated.is_in_force
    from dated
    inner join subscriptions as undated
        on
            dated.subscription_id = undated.subscription_id
            and {{ is_contract_in_force('undated', 'dated.as_of_date') }}
)

select * from subscriptions_as_of
