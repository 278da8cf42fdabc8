with dates as (
    {{ asked_dates('sentiment') }}
),

contacts as (
    select * from {{ ref('stg_contacts') }}
),

surveys as (
    select * from {{ ref('int_sentiment__surveys_as_of') }}
),

decision_makers as (
    select
        dates.account_id,
        dates.as_of_date,
        contacts.contact_id
    from dates
    inner join contacts
        on
            dates.account_id = contacts.account_id
            and {{ is_known('contacts', 'dates.as_of_date') }}
            and contacts.role = 'decision_maker'
    where
        (contacts.started_at is null or cast(contacts.started_at as date) <= dates.as_of_date)
        and (contacts.left_at is null or cast(contacts.left_at as date) > dates.as_of_date)
),

answers as (
    select
        account_id,
        as_of_date,
        contact_id,
        points_of_ten,
        row_number() over (
            partition by account_id, as_of_date, contact_id
            order by answered_at desc, response_id desc
        ) as newest_first
    from surveys
    where days_since_answered < 90 and points_of_ten is not null
),

latest_answers as (
    select
        decision_makers.account_id,
        decision_makers.as_of_date,
        decision_makers.contact_id,
        answers.points_of_ten
    from decision_makers
    left join answers
        on
            decision_makers.account_id = answers.account_id
            and decision_makers.as_of_date = answers.as_of_date
            and decision_makers.contact_id = answers.contact_id
            and answers.newest_first = 1
)

select * from latest_answers
