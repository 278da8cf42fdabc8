with surveys as (
    select * from {{ ref('int_sentiment__surveys_as_of') }}
),

nps_answers as (
    select * from {{ ref('int_sentiment__nps_answers') }}
),

decision_makers as (
    select * from {{ ref('int_sentiment__decision_makers') }}
),

ratings as (
    select * from {{ ref('int_indicators__ratings_as_of') }}
),

dates as (
    {{ asked_dates('sentiment') }}
),

promoters as (
    select
        account_id,
        as_of_date,
        count(*) as answers_count,
        count(*) filter (where points_of_ten >= 9)
        - count(*) filter (where points_of_ten <= 6) as promoters_less_detractors
    from nps_answers
    group by account_id, as_of_date
),

survey_counts as (
    select
        account_id,
        as_of_date,
        count(*) filter (where survey = 'nps' and days_since_sent < 365) as nps_sent_count,
        count(*) filter (where survey = 'csat' and days_since_sent < 90) as csat_sent_count,
        count(points_of_ten) filter (
            where survey = 'csat' and days_since_answered < 90
        ) as csat_answers_count,
        {{ exact_sum("case
            when survey = 'csat' and days_since_answered < 90 then points_of_ten
        end") }} as csat_points,
        count(*) filter (where days_since_sent between 14 and 180) as asked_count,
        count(answered_at) filter (where days_since_sent between 14 and 180) as answered_count
    from surveys
    group by account_id, as_of_date
),

lowest as (
    select
        account_id,
        as_of_date,
        count(*) as decision_makers_count,
        min(points_of_ten) as points_of_ten
    from decision_makers
    group by account_id, as_of_date
),

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        {{ to_double('promoters.promoters_less_detractors') }} * 100
        / nullif(promoters.answers_count, 0) as nps,
        survey_counts.csat_points / nullif(survey_counts.csat_answers_count, 0) as csat,
        lowest.points_of_ten as decision_maker_lowest_score,
        {{ to_double('survey_counts.answered_count') }} / nullif(survey_counts.asked_count, 0)
            as survey_response_ratio,
        ratings.points_of_ten as relationship_rating,
        case
            when survey_counts.nps_sent_count > 0 and promoters.answers_count is null
                then 'no_response'
        end as nps__gap,
        case
            when survey_counts.csat_sent_count > 0 and survey_counts.csat_points is null
                then 'no_response'
        end as csat__gap,
        case
            when lowest.decision_makers_count > 0 and lowest.points_of_ten is null
                then 'no_response'
        end as decision_maker_lowest_score__gap
    from dates
    left join promoters
        on dates.account_id = promoters.account_id and dates.as_of_date = promoters.as_of_date
    left join survey_counts
        on
            dates.account_id = survey_counts.account_id
            and dates.as_of_date = survey_counts.as_of_date
    left join lowest
        on dates.account_id = lowest.account_id and dates.as_of_date = lowest.as_of_date
    left join ratings
        on
            dates.account_id = ratings.account_id
            and dates.as_of_date = ratings.as_of_date
            and ratings.kind = 'relationship_rating'
)

select * from indicators
