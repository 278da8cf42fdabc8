-- Each survey as it stood at the end of each date.
with dates as (
    {{ asked_dates('sentiment') }}
),

surveys as (
    select
        account_id,
        response_id,
        survey,
        contact_id,
        known_from,
        known_until,
        cast(sent_at as date) as sent_on,
        -- an answer without its own time stands at the time of asking
        case
            when responded_at is not null or score is not null
                then coalesce(responded_at, sent_at)
        end as answered_at,
        {{ points_of_ten('score', 'scale_max', 'scale_min') }} as points_of_ten
    from {{ ref('stg_survey_responses') }}
),

dated as (
    select
        *,
        cast(answered_at as date) as answered_on,
        least(sent_on, cast(answered_at as date)) as seen_from,
        {{ add_days('greatest(sent_on, cast(answered_at as date))', 364) }} as seen_to
    from surveys
),

surveys_as_of as (
    select
        dates.account_id,
        dates.as_of_date,
        dated.response_id,
        dated.survey,
        dated.contact_id,
        {{ days_between('dated.sent_on', 'dates.as_of_date') }} as days_since_sent,
        case when dated.answered_on <= dates.as_of_date then dated.answered_at end as answered_at,
        case
            when dated.answered_on <= dates.as_of_date
                then {{ days_between('dated.answered_on', 'dates.as_of_date') }}
        end as days_since_answered,
        case when dated.answered_on <= dates.as_of_date then dated.points_of_ten end
            as points_of_ten
    from dates
    inner join dated
        on
            dates.account_id = dated.account_id
            and dates.as_of_date >= dated.seen_from
            and dates.as_of_date <= dated.seen_to
            and {{ is_known('dated', 'dates.as_of_date') }}
    where
        {{ in_last_days('dated.sent_on', 'dates.as_of_date', 365) }}
        or {{ in_last_days('dated.answered_on', 'dates.as_of_date', 365) }}
)

select * from surveys_as_of
