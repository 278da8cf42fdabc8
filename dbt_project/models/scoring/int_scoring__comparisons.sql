-- For each change, the date it compares with: the latest cadence row at or before the date minus
-- the days, at most one period older. Looks back to dates that earlier builds have scored.
{% set lookbacks = {'previous': 1, '28d': 28, '91d': 91, '182d': 182} %}
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
),

longest as (
    select max({{ period_days('cadence') }}) as period_days from {{ ref('scorecards') }}
),

scores as (
    select
        account_scores.account_id,
        account_scores.as_of_date,
        account_scores.score,
        account_scores.band,
        account_scores.is_cadence,
        {{ period_days('scorecards.cadence') }} as period_days
    from {{ ref('int_scoring__account_scores') }} as account_scores
    inner join {{ ref('scorecards') }} as scorecards
        on
            account_scores.scorecard_id = scorecards.scorecard_id
            and account_scores.scorecard_version = scorecards.version
    cross join longest
    -- nothing that is compared lies further back: by a value that is known before, and exactly
    where
        account_scores.as_of_date >= {{ add_days(
            '(select min(as_of_date) from ' ~ ref('int_accounts__calendar') ~ ')',
            -furthest_back(lookbacks.values() | max)
        ) }}
        and account_scores.as_of_date >= {{ add_days(
            '(select min(as_of_date) from ' ~ ref('int_accounts__calendar') ~ ')',
            '-longest.period_days - ' ~ lookbacks.values() | max
        ) }}
),

latest_before as (
    select
        account_id,
        as_of_date,
        score,
        period_days
        {%- for name, days in lookbacks.items() %},
        {{ latest_cadence_date(days) }} as date_{{ name }}
        {%- endfor %}
    from scores
),

-- too old to compare with is none
within_a_period as (
    select
        account_id,
        as_of_date,
        score
        {%- for name, days in lookbacks.items() %},
        case
            when {{ days_between('date_' ~ name, 'as_of_date') }} <= {{ days }} + period_days
                then date_{{ name }}
        end as date_{{ name }}
        {%- endfor %}
    from latest_before
),

comparisons as (
    select
        within_a_period.account_id,
        within_a_period.as_of_date,
        scores_previous.as_of_date as previous_as_of_date,
        scores_previous.score as previous_score,
        scores_previous.band as previous_band,
        within_a_period.score - scores_previous.score as score_change
        {%- for name in lookbacks if name != 'previous' %},
        within_a_period.score - scores_{{ name }}.score as score_change_{{ name }}
        {%- endfor %}
    from within_a_period
    inner join calendar on within_a_period.as_of_date = calendar.as_of_date
    {%- for name, days in lookbacks.items() %}
    left join scores as scores_{{ name }}
        on
            within_a_period.account_id = scores_{{ name }}.account_id
            and within_a_period.date_{{ name }} = scores_{{ name }}.as_of_date
    {%- endfor %}
)

select * from comparisons
