-- Open accounts on each date of the calendar, with what was known of them.
with calendar as (
    select as_of_date, is_newest from {{ ref('int_accounts__calendar') }}
),

company as (
    select * from {{ source('config', 'company') }}
),

accounts as (
    select * from {{ ref('stg_accounts') }}
),

subscriptions_as_of as (
    select * from {{ ref('int_accounts__subscriptions_as_of') }}
),

rates_as_of as (
    select * from {{ ref('int_accounts__rates_as_of') }}
),

-- before the first date for which a subscription counts, contracts are not collected
contract_dates as (
    select as_of_date
    from {{ ref('int_indicators__recorded_on') }}
    where fact = 'subscriptions'
),

-- contracts that are renewed already don't end; what begins later is not known yet
renewed as (
    select distinct
        earlier.account_id,
        earlier.as_of_date,
        earlier.subscription_id
    from subscriptions_as_of as earlier
    inner join subscriptions_as_of as later
        on
            earlier.account_id = later.account_id
            and earlier.as_of_date = later.as_of_date
            and {{ is_renewal_of('later', 'earlier') }}
),

contracts as (
    select
        subscriptions_as_of.account_id,
        subscriptions_as_of.as_of_date,
        bool_or(subscriptions_as_of.is_in_force) as has_subscription_in_force,
        cast(sum(subscriptions_as_of.seats) filter (where is_in_force) as integer) as seats,
        cast(sum(subscriptions_as_of.units) filter (where is_in_force) as integer) as units,
        min(subscriptions_as_of.plan) filter (where is_in_force) as plan,
        min(subscriptions_as_of.currency) filter (where is_in_force) as currency,
        sum(cast(
            {{ amount_times('subscriptions_as_of.yearly_amount', 'rates_as_of.rate_to_reporting') }}
            as decimal(18, 4)
        )) filter (where is_in_force) as yearly_amount,
        bool_or(is_in_force and rates_as_of.rate_to_reporting is null) as is_rate_missing,
        case
            when bool_or(is_in_force) then min(subscriptions_as_of.over_on) filter (
                where is_in_force and renewed.subscription_id is null
            )
            else max(subscriptions_as_of.over_on)
        end as contract_ends_on
    from subscriptions_as_of
    left join renewed
        on
            subscriptions_as_of.subscription_id = renewed.subscription_id
            and subscriptions_as_of.as_of_date = renewed.as_of_date
    left join rates_as_of
        on
            subscriptions_as_of.currency = rates_as_of.currency
            and subscriptions_as_of.as_of_date = rates_as_of.as_of_date
    group by subscriptions_as_of.account_id, subscriptions_as_of.as_of_date
),

dated as (
    select
        accounts.account_id,
        calendar.as_of_date,
        calendar.is_newest,
        cast(accounts.created_at as date) as created_on
    from accounts
    inner join calendar
        on
            {{ is_known('accounts', 'calendar.as_of_date') }}
            and (
                accounts.created_at is null
                or cast(accounts.created_at as date) <= calendar.as_of_date
            )
            and (
                accounts.closed_at is null
                or cast(accounts.closed_at as date) > calendar.as_of_date
            )
),

accounts_as_of as (
    select
        dated.account_id,
        dated.as_of_date,
        dated.is_newest,
        dated.created_on,
        undated.parent_account_id,
        undated.customer_type,
        coalesce(undated.is_key_account, false) as is_key_account,
        undated.industry,
        undated.region,
        cast(undated.employee_count as integer) as employee_count,
        undated.csm_id,
        coalesce(contracts.has_subscription_in_force, false) as has_subscription_in_force,
        contracts.seats,
        contracts.units,
        contracts.plan,
        coalesce(contracts.currency, undated.currency, company.reporting_currency) as currency,
        coalesce(
            cast(contracts.yearly_amount as decimal(18, 4)),
            cast(
                {{ amount_times('undated.annual_value', 'rates_as_of.rate_to_reporting') }}
                as decimal(18, 4)
            )
        ) as yearly_value_amount,
        (
            coalesce(contracts.is_rate_missing, false)
            or (
                contracts.yearly_amount is null
                and undated.annual_value is not null
                and rates_as_of.rate_to_reporting is null
            )
        ) as is_rate_missing,
        contracts.contract_ends_on
    from dated
    inner join accounts as undated
        on
            dated.account_id = undated.account_id
            and {{ is_in_force('undated', 'dated.as_of_date') }}
    cross join company
    left join contracts
        on dated.account_id = contracts.account_id and dated.as_of_date = contracts.as_of_date
    left join rates_as_of
        on
            coalesce(undated.currency, company.reporting_currency) = rates_as_of.currency
            and dated.as_of_date = rates_as_of.as_of_date
    left join contract_dates on dated.as_of_date = contract_dates.as_of_date
    where contracts.account_id is not null or contract_dates.as_of_date is null
)

select * from accounts_as_of
