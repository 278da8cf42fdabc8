with dates as (
    {{ asked_dates('commercial') }}
),

subscriptions_as_of as (
    select * from {{ ref('int_accounts__subscriptions_as_of') }}
),

rates as (
    select * from {{ ref('int_accounts__rates_as_of') }}
),

subscriptions as (
    select * from {{ ref('stg_subscriptions') }}
),

-- A subscription without a stated discount says nothing about the discount.
discounted as (
    select
        subscriptions_as_of.account_id,
        subscriptions_as_of.as_of_date,
        subscriptions_as_of.discount_pct,
        -- wide enough for its product with the discount
        coalesce(cast(
            {{ amount_times('subscriptions_as_of.yearly_amount', 'rates.rate_to_reporting') }}
            as decimal(28, 12)
        ), 0) as yearly_amount
    from subscriptions_as_of
    left join rates
        on
            subscriptions_as_of.currency = rates.currency
            and subscriptions_as_of.as_of_date = rates.as_of_date
    where
        subscriptions_as_of.is_in_force
        and subscriptions_as_of.discount_pct is not null
        and {{ is_indicator_asked('discount_pct') }}
),

discounts as (
    select
        account_id,
        as_of_date,
        coalesce(
            {{ exact_sum('discount_pct * yearly_amount') }}
            / nullif({{ exact_sum('yearly_amount') }}, 0),
            {{ exact_sum('discount_pct') }} / nullif(count(*), 0)
        ) as discount_pct
    from discounted
    group by account_id, as_of_date
),

a_year_ago as (
    select
        account_id,
        as_of_date,
        {{ add_days('as_of_date', -365) }} as year_ago_date
    from dates
),

-- As the account stood on that day: its dates as known for it, its seats as they were on it.
seats_a_year_ago as (
    select
        a_year_ago.account_id,
        a_year_ago.as_of_date,
        sum(undated.seats) as seats_365d_ago
    from a_year_ago
    inner join subscriptions as dated
        on
            a_year_ago.account_id = dated.account_id
            and a_year_ago.year_ago_date >= dated.started_on
            and coalesce(
                a_year_ago.year_ago_date
                <= {{ contract_over_on('dated', 'a_year_ago.year_ago_date') }},
                true
            )
            and {{ is_contract_known('dated', 'a_year_ago.year_ago_date') }}
    inner join subscriptions as undated
        on
            dated.subscription_id = undated.subscription_id
            and {{ is_contract_in_force('undated', 'a_year_ago.year_ago_date') }}
    group by a_year_ago.account_id, a_year_ago.as_of_date
),

contracts as (
    select
        dates.account_id,
        dates.as_of_date,
        subscriptions.subscription_id,
        subscriptions.product,
        subscriptions.started_on,
        {{ contract_over_on('subscriptions', 'dates.as_of_date') }} as over_on
    from dates
    inner join subscriptions
        on
            dates.account_id = subscriptions.account_id
            and dates.as_of_date >= subscriptions.started_on
            and {{ is_contract_known('subscriptions', 'dates.as_of_date') }}
    where {{ is_indicator_asked('renewals_count') }}
),

-- an addition that ends together with the main contract renews nothing
renewals as (
    select
        renewal.account_id,
        renewal.as_of_date,
        count(distinct renewal.subscription_id) as renewals_count
    from contracts as renewal
    inner join contracts as earlier
        on
            renewal.account_id = earlier.account_id
            and renewal.as_of_date = earlier.as_of_date
            and {{ is_renewal_of('renewal', 'earlier') }}
    group by renewal.account_id, renewal.as_of_date
),

figures as (
    select
        dates.account_id,
        dates.as_of_date,
        {{ to_double('discounts.discount_pct') }} as discount_pct,
        cast(seats_a_year_ago.seats_365d_ago as bigint) as seats_365d_ago,
        cast(coalesce(renewals.renewals_count, 0) as integer) as renewals_count
    from dates
    left join discounts
        on dates.account_id = discounts.account_id and dates.as_of_date = discounts.as_of_date
    left join seats_a_year_ago
        on
            dates.account_id = seats_a_year_ago.account_id
            and dates.as_of_date = seats_a_year_ago.as_of_date
    left join renewals
        on dates.account_id = renewals.account_id and dates.as_of_date = renewals.as_of_date
)

select * from figures
