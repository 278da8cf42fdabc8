-- The score of the date before as readers knew it when they were first shown this date: the last
-- publication before that one, else the first there is (both dates came with one publication).
with previous_dates as (
    select * from {{ ref('int_scoring__change_dates') }}
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

candidates as (
    select
        previous_dates.account_id,
        previous_dates.as_of_date,
        ledger.score,
        ledger.unscored_reason is null and not ledger.is_withdrawn as is_scored,
        row_number() over (
            partition by previous_dates.account_id, previous_dates.as_of_date
            order by
                case
                    when
                        first_shown.refresh_id is null
                        or ledger.refresh_id < first_shown.refresh_id
                        then ledger.refresh_id
                end desc nulls last,
                ledger.refresh_id
        ) as preference
    from previous_dates
    inner join ledger
        on
            previous_dates.account_id = ledger.account_id
            and previous_dates.previous_as_of_date = ledger.as_of_date
    left join first_shown
        on
            previous_dates.account_id = first_shown.account_id
            and previous_dates.as_of_date = first_shown.as_of_date
),

change_published as (
    select
        account_id,
        as_of_date,
        is_scored,
        case when is_scored then score end as score
    from candidates
    where preference = 1
)

select * from change_published
