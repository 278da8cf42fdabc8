with

surveys as (
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

required as (
    {{ required_indicators('sentiment') }}
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

valued as (
    select
        required.account_id,
        required.as_of_date,
        required.indicator_id,
        case required.indicator_id
            when 'nps'
                then
                    {{ to_double('promoters.promoters_less_detractors') }} * 100
                    / nullif(promoters.answers_count, 0)
            when 'csat'
                then survey_counts.csat_points / nullif(survey_counts.csat_answers_count, 0)
            when 'decision_maker_lowest_score' then lowest.points_of_ten
            when 'survey_response_ratio'
                then
                    {{ to_double('survey_counts.answered_count') }}
                    / nullif(survey_counts.asked_count, 0)
            when 'relationship_rating' then ratings.points_of_ten
        end as raw_value,
        case required.indicator_id
            when 'nps' then survey_counts.nps_sent_count > 0
            when 'csat' then survey_counts.csat_sent_count > 0
            when 'decision_maker_lowest_score' then lowest.decision_makers_count > 0
        end as is_asked
    from required
    left join promoters
        on
            required.account_id = promoters.account_id
            and required.as_of_date = promoters.as_of_date
    left join survey_counts
        on
            required.account_id = survey_counts.account_id
            and required.as_of_date = survey_counts.as_of_date
    left join lowest
        on
            required.account_id = lowest.account_id
            and required.as_of_date = lowest.as_of_date
    left join ratings
        on
            required.account_id = ratings.account_id
            and required.as_of_date = ratings.as_of_date
            and ratings.kind = 'relationship_rating'
),

measured as (
    select
        account_id,
        as_of_date,
        indicator_id,
        {{ to_double('raw_value') }} as raw_value,
        {{ to_double('null') }} as baseline_value,
        case
            when raw_value is not null then null
            when is_asked then 'no_response'
            else 'not_applicable'
        end as gap
    from valued
)

select * from measured
