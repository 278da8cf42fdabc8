with

surveys as (
    select * from {{ ref('int_sentiment__surveys_as_of') }}
),

-- an answer without a contact is a contact of its own
answers as (
    select
        account_id,
        as_of_date,
        response_id,
        contact_id,
        points_of_ten,
        row_number() over (
            partition by
                account_id,
                as_of_date,
                contact_id,
                case when contact_id is null then response_id end
            order by answered_at desc, response_id desc
        ) as newest_first
    from surveys
    where survey = 'nps' and days_since_answered < 365 and points_of_ten is not null
),

nps_answers as (
    select
        account_id,
        as_of_date,
        response_id,
        contact_id,
        points_of_ten
    from answers
    where newest_first = 1
)

select * from nps_answers
