-- The accounts and dates that stay scored as the last build scored them: all before the first one of the
-- account that is measured anew, or of which a percentile compares with another value of a peer. Those
-- that a date of this build is compared with (`is_compared`) are scored again, to be looked at alone.
{%- set last_built = last_built('fct_indicator_scores') %}
with accounts_as_of as (
    select account_id, as_of_date from {{ ref('int_accounts__as_of') }}
),

account_dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

previous_dates as (
    select * from {{ ref('int_indicators__previous_dates') }}
),

carried_dates as (
    select * from {{ ref('int_indicators__carried_dates') }}
),

build_bounds as (
    select * from {{ ref('int_accounts__build_bounds') }}
),

measured_anew as (
    select account_dates.*
    from account_dates
    inner join build_bounds on account_dates.as_of_date >= build_bounds.build_from
    left join carried_dates
        on
            account_dates.account_id = carried_dates.account_id
            and account_dates.as_of_date = carried_dates.as_of_date
    where carried_dates.account_id is null
),

changed_dates as (
    select account_id, as_of_date from measured_anew
    union all
    select account_id, as_of_date from {{ ref('int_accounts__changed_dates') }}
),

changed_accounts as (
    select
        account_id,
        min(as_of_date) as changed_from
    from changed_dates
    group by account_id
),

-- what percentiles compare with, of the accounts that are measured anew: now, and in the last build
peers as (
    select
        measured_anew.as_of_date,
        measured_anew.scorecard_id,
        measured_anew.scorecard_version,
        measurements.indicator_id,
        measurements.status,
        measurements.raw_value,
        1 as times
    from measured_anew
    inner join {{ ref('int_indicators__measurements') }} as measurements
        on
            measured_anew.account_id = measurements.account_id
            and measured_anew.as_of_date = measurements.as_of_date
    {%- if last_built %}
    union all
    select
        last_built.as_of_date,
        last_built.scorecard_id,
        last_built.scorecard_version,
        last_built.indicator_id,
        last_built.status,
        last_built.raw_value,
        -1 as times
    from {{ last_built }} as last_built
    left join carried_dates
        on
            last_built.account_id = carried_dates.account_id
            and last_built.as_of_date = carried_dates.as_of_date
    where
        carried_dates.account_id is null
        and last_built.as_of_date >= (select build_from from {{ ref('int_accounts__build_bounds') }})
    {%- endif %}
),

moved_values as (
    select peers.as_of_date
    from peers
    inner join {{ ref('int_scoring__criteria') }} as criteria
        on
            peers.scorecard_id = criteria.scorecard_id
            and peers.scorecard_version = criteria.scorecard_version
            and peers.indicator_id = criteria.indicator_id
            and criteria.method = 'percentile'
    where peers.status = 'measured'
    group by
        peers.as_of_date,
        peers.scorecard_id,
        peers.scorecard_version,
        peers.indicator_id,
        {{ comparable('peers.raw_value') }}
    having sum(peers.times) <> 0
),

moved as (
    select min(as_of_date) as moved_from from moved_values
),

kept as (
    select
        accounts_as_of.account_id,
        accounts_as_of.as_of_date
    from accounts_as_of
    cross join moved
    inner join build_bounds
        on
            accounts_as_of.as_of_date < build_bounds.all_accounts_from
            and {{ 'false' if replaces_partitions() else 'build_bounds.build_number > 1' }}
    left join changed_accounts on accounts_as_of.account_id = changed_accounts.account_id
    where
        coalesce(accounts_as_of.as_of_date < moved.moved_from, true)
        and coalesce(accounts_as_of.as_of_date < changed_accounts.changed_from, true)
),

compared as (
    select distinct
        previous_dates.account_id,
        previous_dates.previous_as_of_date as as_of_date
    from previous_dates
    left join kept
        on
            previous_dates.account_id = kept.account_id
            and previous_dates.as_of_date = kept.as_of_date
    where kept.account_id is null
),

kept_dates as (
    select
        kept.account_id,
        kept.as_of_date,
        compared.account_id is not null as is_compared
    from kept
    left join compared
        on kept.account_id = compared.account_id and kept.as_of_date = compared.as_of_date
)

select * from kept_dates
