with

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

survey_responses as (
    select * from {{ ref('stg_survey_responses') }}
),

surveys as (
    select
        *,
        cast(sent_at as date) as sent_on,
        -- an answer without its own time stands at the time of asking
        case
            when responded_at is not null or score is not null
                then coalesce(responded_at, sent_at)
        end as answered_at
    from survey_responses
),

seen as (
    select
        dates.account_id,
        dates.as_of_date,
        surveys.response_id,
        surveys.survey,
        surveys.contact_id,
        surveys.sent_on,
        case
            when cast(surveys.answered_at as date) <= dates.as_of_date then surveys.answered_at
        end as answered_at,
        case
            when cast(surveys.answered_at as date) <= dates.as_of_date
                then
                    {{ points_of_ten(
                        'surveys.score', 'surveys.scale_max', 'surveys.scale_min'
                    ) }}
        end as points_of_ten
    from dates
    inner join surveys
        on
            dates.account_id = surveys.account_id
            and {{ is_known('surveys', 'dates.as_of_date') }}
            and (
                surveys.sent_on <= dates.as_of_date
                or cast(surveys.answered_at as date) <= dates.as_of_date
            )
),

surveys_as_of as (
    select
        account_id,
        as_of_date,
        response_id,
        survey,
        contact_id,
        {{ days_between('sent_on', 'as_of_date') }} as days_since_sent,
        answered_at,
        {{ days_between('cast(answered_at as date)', 'as_of_date') }} as days_since_answered,
        points_of_ten
    from seen
    where
        {{ in_last_days('sent_on', 'as_of_date', 365) }}
        or {{ in_last_days('cast(answered_at as date)', 'as_of_date', 365) }}
)

select * from surveys_as_of
