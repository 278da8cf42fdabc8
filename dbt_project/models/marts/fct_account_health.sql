with account_scores as (
    select * from {{ ref('int_scoring__account_scores') }}
    {{ where_scored_anew() }}
),

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

scorecards as (
    select * from {{ ref('scorecards') }}
),

comparisons as (
    select * from {{ ref('int_scoring__comparisons') }}
),

quadrants as (
    select * from {{ ref('int_actions__quadrants') }}
),

first_load as (
    select cast(min(loaded_at) as date) as first_loaded_on
    from {{ source('landing', 'table_loads') }}
),

company as (
    select * from {{ source('config', 'company') }}
),

account_health as (
    select
        cast(account_scores.account_id as varchar) as account_id,
        dates.as_of_date,
        cast(dates.segment_id as varchar) as segment_id,
        cast(dates.lifecycle_stage as varchar) as lifecycle_stage,
        cast(account_scores.scorecard_id as varchar) as scorecard_id,
        cast(account_scores.scorecard_version as integer) as scorecard_version,
        {{ to_double('account_scores.weighted_score') }} as weighted_score,
        cast(account_scores.knock_out_id as varchar) as knock_out_id,
        cast(account_scores.knock_out_reason as varchar) as knock_out_reason,
        {{ to_double('account_scores.computed_score') }} as computed_score,
        cast(account_scores.computed_band as varchar) as computed_band,
        cast(account_scores.override_id as varchar) as override_id,
        {{ to_double('account_scores.score') }} as score,
        cast(account_scores.score_band as varchar) as score_band,
        cast(account_scores.band as varchar) as band,
        cast(account_scores.rating as varchar) as rating,
        cast(scorecards.grading as varchar) as grading,
        {{ to_double('account_scores.outcome_score') }} as outcome_score,
        {{ to_double('account_scores.experience_score') }} as experience_score,
        cast(quadrants.temperature as varchar) as temperature,
        cast(quadrants.health_axis as varchar) as health_axis,
        cast(quadrants.maturity as varchar) as maturity,
        cast(quadrants.recommended_action as varchar) as recommended_action,
        cast(quadrants.maturity_action as varchar) as maturity_action,
        cast(
            case
                when account_scores.knock_out_reason is not null
                    then 'First lift the cap (' || account_scores.knock_out_reason || '). '
                when account_scores.rating = 'red' or account_scores.band = 'unhealthy'
                    then 'First see to what is red or unhealthy. '
                else ''
            end
            || quadrants.action_in_words as varchar
        ) as action_in_words,
        {{ to_double('account_scores.coverage_ratio') }} as coverage_ratio,
        account_scores.is_scored,
        cast(account_scores.unscored_reason as varchar) as unscored_reason,
        cast(
            case account_scores.unscored_reason
                when 'required_indicator_missing'
                    then 'required indicator missing: ' || account_scores.missing_required_id
                when 'coverage_below_minimum'
                    then
                        {{ value_in_words('account_scores.coverage_ratio', "'ratio'") }}
                        || ' of the weight is measured, at least '
                        || {{ value_in_words(
                            to_double('scorecards.minimum_coverage'), "'ratio'"
                        ) }}
                        || ' is needed'
                when 'nothing_applicable'
                    then 'no indicator of the scorecard concerns this account'
                when 'nothing_measured' then 'nothing is measured'
            end as varchar
        ) as unscored_explanation,
        comparisons.previous_as_of_date,
        {{ to_double('comparisons.previous_score') }} as previous_score,
        {{ to_double('comparisons.score_change') }} as score_change,
        {{ to_double('comparisons.score_change_28d') }} as score_change_28d,
        {{ to_double('comparisons.score_change_91d') }} as score_change_91d,
        {{ to_double('comparisons.score_change_182d') }} as score_change_182d,
        cast(comparisons.previous_band as varchar) as previous_band,
        cast(dates.yearly_value_amount as decimal(18, 4)) as annual_value_amount,
        cast(company.reporting_currency as varchar) as reporting_currency,
        cast(dates.days_to_renewal as integer) as days_to_renewal,
        cast(dates.csm_id as varchar) as csm_id,
        dates.is_newest as is_latest,
        not dates.is_cadence as is_provisional,
        dates.as_of_date < first_load.first_loaded_on as is_reconstructed
    from account_scores
    inner join dates
        on
            account_scores.account_id = dates.account_id
            and account_scores.as_of_date = dates.as_of_date
    inner join scorecards
        on
            account_scores.scorecard_id = scorecards.scorecard_id
            and account_scores.scorecard_version = scorecards.version
    inner join comparisons
        on
            account_scores.account_id = comparisons.account_id
            and account_scores.as_of_date = comparisons.as_of_date
    inner join quadrants
        on
            account_scores.account_id = quadrants.account_id
            and account_scores.as_of_date = quadrants.as_of_date
    cross join first_load
    cross join company
)

select * from account_health
