-- The score of the date before as readers knew it when they were first shown this date: the last
-- publication before that one, else the first there is (both dates came with one publication). Not of a
-- provisional date, which is never published: what came before it would be another in every build.
with change_dates as (
    select * from {{ ref('int_scoring__change_dates') }} where is_cadence
),

-- of the dates of this build and those before them alone
ledger as (
    select * from {{ source('ledger', 'published_scores') }}
    where as_of_date >= (
        select min(previous_as_of_date) from {{ ref('int_scoring__change_dates') }}
    )
),

first_shown as (
    select
        account_id,
        as_of_date,
        min(refresh_id) as refresh_id
    from ledger
    group by account_id, as_of_date
),

known_by as (
    select
        change_dates.account_id,
        change_dates.as_of_date,
        change_dates.previous_as_of_date,
        coalesce(
            max(ledger.refresh_id) filter (
                where coalesce(ledger.refresh_id < first_shown.refresh_id, true)
            ),
            min(ledger.refresh_id)
        ) as refresh_id
    from change_dates
    inner join ledger
        on
            change_dates.account_id = ledger.account_id
            and change_dates.previous_as_of_date = ledger.as_of_date
    left join first_shown
        on
            change_dates.account_id = first_shown.account_id
            and change_dates.as_of_date = first_shown.as_of_date
    group by
        change_dates.account_id, change_dates.as_of_date, change_dates.previous_as_of_date
),

-- once also where the ledger's file holds a row twice
change_published as (
    select distinct
        known_by.account_id,
        known_by.as_of_date,
        ledger.score
    from known_by
    inner join ledger
        on
            known_by.account_id = ledger.account_id
            and known_by.previous_as_of_date = ledger.as_of_date
            and known_by.refresh_id = ledger.refresh_id
)

select * from change_published
