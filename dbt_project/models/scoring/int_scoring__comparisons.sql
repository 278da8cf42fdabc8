-- What each score of this build is compared with: the account's cadence row before it, and its rows 28, 91
-- and 182 days back, counted in periods of its cadence. Looks back to dates that earlier builds have
-- scored.
{% set lookbacks = [28, 91, 182] %}
with scored_dates as (
    select scored_dates.*
    from {{ ref('int_scoring__scored_dates') }} as scored_dates
    inner join {{ ref('int_accounts__calendar') }} as calendar
        on scored_dates.as_of_date = calendar.as_of_date and not calendar.is_before
),

scores as (
    select
        account_id,
        as_of_date,
        score,
        band
    from {{ ref('int_scoring__account_scores') }}
),

dates as (
    select
        scored_dates.account_id,
        scored_dates.as_of_date,
        previous_dates.previous_as_of_date
        {%- for days in lookbacks %},
        {{ compared_date('scored_dates.as_of_date', 'scorecards.cadence', days) }}
            as date_{{ days }}d
        {%- endfor %}
    from scored_dates
    inner join {{ ref('scorecards') }} as scorecards
        on
            scored_dates.scorecard_id = scorecards.scorecard_id
            and scored_dates.scorecard_version = scorecards.version
    left join {{ ref('int_indicators__previous_dates') }} as previous_dates
        on
            scored_dates.account_id = previous_dates.account_id
            and scored_dates.as_of_date = previous_dates.as_of_date
),

comparisons as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.previous_as_of_date,
        scores_previous.score as previous_score,
        scores_previous.band as previous_band,
        scores.score - scores_previous.score as score_change
        {%- for days in lookbacks %},
        scores.score - scores_{{ days }}d.score as score_change_{{ days }}d
        {%- endfor %}
    from dates
    inner join scores
        on dates.account_id = scores.account_id and dates.as_of_date = scores.as_of_date
    left join scores as scores_previous
        on
            dates.account_id = scores_previous.account_id
            and dates.previous_as_of_date = scores_previous.as_of_date
    {%- for days in lookbacks %}
    left join scores as scores_{{ days }}d
        on
            dates.account_id = scores_{{ days }}d.account_id
            and dates.date_{{ days }}d = scores_{{ days }}d.as_of_date
    {%- endfor %}
)

select * from comparisons
