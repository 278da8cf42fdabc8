-- The date that a row is compared with: the account's latest cadence row before it, at most one
-- period older. Only for dates of this build.
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where not is_before
),

account_dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

with_period as (
    select
        account_dates.account_id,
        account_dates.as_of_date,
        account_dates.is_cadence,
        {{ period_days('scorecards.cadence') }} as period_days
    from account_dates
    inner join {{ ref('scorecards') }} as scorecards
        on
            account_dates.scorecard_id = scorecards.scorecard_id
            and account_dates.scorecard_version = scorecards.version
),

latest_before as (
    select
        account_id,
        as_of_date,
        is_cadence,
        period_days,
        max(case when is_cadence then as_of_date end) over (
            partition by account_id order by {{ days_between("date '1970-01-05'", 'as_of_date') }}
            range between {{ furthest_back(1) }} preceding and 1 preceding
        ) as previous_as_of_date
    from with_period
),

previous_dates as (
    select
        latest_before.account_id,
        latest_before.as_of_date,
        latest_before.is_cadence,
        latest_before.previous_as_of_date
    from latest_before
    inner join calendar on latest_before.as_of_date = calendar.as_of_date
    where
        {{ days_between('latest_before.previous_as_of_date', 'latest_before.as_of_date') }}
        <= 1 + latest_before.period_days
)

select * from previous_dates
