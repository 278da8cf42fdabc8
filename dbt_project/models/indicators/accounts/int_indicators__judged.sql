-- The scorecards under which an account is scored on a date: its own, and where the account's next
-- row is judged by another one, that one too, so that the change of the model can be told apart.
with account_dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

previous_dates as (
    select * from {{ ref('int_indicators__previous_dates') }}
),

judged as (
    select
        account_id,
        as_of_date,
        scorecard_id,
        scorecard_version,
        true as is_own
    from account_dates
    union all
    select
        earlier.account_id,
        earlier.as_of_date,
        later.scorecard_id,
        later.scorecard_version,
        false as is_own
    from previous_dates
    inner join account_dates as later
        on
            previous_dates.account_id = later.account_id
            and previous_dates.as_of_date = later.as_of_date
    inner join account_dates as earlier
        on
            previous_dates.account_id = earlier.account_id
            and previous_dates.previous_as_of_date = earlier.as_of_date
    where
        later.scorecard_id <> earlier.scorecard_id
        or later.scorecard_version <> earlier.scorecard_version
)

select * from judged
