-- Where an account stands between result and experience, and what that calls for. Nothing is guessed:
-- what was not measured, or not rated, is unknown, and so is the action that would rest on it.
with dates as (
    select * from {{ ref('int_scoring__scored_dates') }}
),

weighted_scores as (
    select * from {{ ref('int_scoring__weighted_scores') }}
),

scorecards as (
    select * from {{ ref('scorecards') }}
),

maturity_ratings as (
    select * from {{ ref('int_indicators__ratings_as_of') }} where kind = 'maturity'
),

axes as (
    select
        dates.account_id,
        dates.as_of_date,
        case
            when weighted_scores.outcome_score is null then 'unknown'
            when {{ reaches(
                'weighted_scores.outcome_score',
                'coalesce(scorecards.outcome_cutoff, ' ~ default_cutoff() ~ ')'
            ) }} then 'warm'
            else 'cold'
        end as temperature,
        case
            when weighted_scores.experience_score is null then 'unknown'
            when {{ reaches(
                'weighted_scores.experience_score',
                'coalesce(scorecards.experience_cutoff, ' ~ default_cutoff() ~ ')'
            ) }} then 'healthy'
            else 'unhealthy'
        end as health_axis,
        case
            when maturity_ratings.rating in ('mature', 'immature') then maturity_ratings.rating
            else 'unknown'
        end as maturity
    from dates
    inner join weighted_scores
        on
            dates.account_id = weighted_scores.account_id
            and dates.as_of_date = weighted_scores.as_of_date
    inner join scorecards
        on
            dates.scorecard_id = scorecards.scorecard_id
            and dates.scorecard_version = scorecards.version
    left join maturity_ratings
        on
            dates.account_id = maturity_ratings.account_id
            and dates.as_of_date = maturity_ratings.as_of_date
),

acted_on as (
    select
        *,
        case
            when temperature = 'warm' and health_axis = 'healthy' then 'expand'
            when temperature = 'cold' and health_axis = 'healthy' then 'fix_outcome'
            when temperature = 'warm' and health_axis = 'unhealthy' then 'fix_health'
            when temperature = 'cold' and health_axis = 'unhealthy' then 'fix_outcome_then_health'
            else 'unknown'
        end as recommended_action,
        case
            when health_axis = 'healthy' and maturity = 'mature' then 'expand'
            when health_axis = 'healthy' and maturity = 'immature' then 'keep_at_low_cost'
            when health_axis = 'unhealthy' and maturity = 'mature' then 'save'
            when health_axis = 'unhealthy' and maturity = 'immature' then 'let_go'
            else 'unknown'
        end as maturity_action
    from axes
),

quadrants as (
    select
        *,
        case recommended_action
            when 'expand' then 'Expand, and ask for references'
            when 'fix_outcome' then 'Fix the outcome first, meanwhile look for expansion'
            when 'fix_health' then 'Fix health first, meanwhile look for expansion'
            when 'fix_outcome_then_health' then 'Fix the outcome first, then health'
            else
                'Unknown: no score of '
                || case
                    when temperature <> 'unknown' then 'experience'
                    when health_axis <> 'unknown' then 'outcome'
                    else 'outcome or experience'
                end
        end
        || case maturity_action
            when 'expand' then '. A mature customer: expand'
            when 'keep_at_low_cost' then '. An immature customer: keep at low cost, and advise'
            when 'save' then '. A mature customer: save'
            when 'let_go' then '. An immature customer: let go, or keep at the lowest cost'
            else ''
        end as action_in_words
    from acted_on
)

select * from quadrants
