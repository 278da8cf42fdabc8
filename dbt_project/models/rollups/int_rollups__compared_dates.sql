-- The date 28 and 91 days back with which roll-ups compare each date of this build, counted in periods of
-- the shortest cadence that asks for the date; of the company's shortest where none does (provisional).
{% set cadences = ['daily', 'weekly', 'monthly', 'quarterly'] %}
with calendar as (
    select * from {{ ref('int_accounts__calendar') }} where not is_before
),

as_of_dates as (
    select as_of_date from {{ ref('int_accounts__as_of_dates') }}
),

asked_for as (
    select
        {%- for cadence in cadences %}
        bool_or(cadence = '{{ cadence }}') as has_{{ cadence }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('scorecards') }}
),

with_cadence as (
    select
        calendar.as_of_date,
        case
            {%- for cadence in cadences %}
            when calendar.is_{{ cadence }} and asked_for.has_{{ cadence }} then '{{ cadence }}'
            {%- endfor %}
            {%- for cadence in cadences %}
            when asked_for.has_{{ cadence }} then '{{ cadence }}'
            {%- endfor %}
        end as cadence
    from calendar
    cross join asked_for
),

looked_back as (
    {%- for days in [28, 91] %}
    select
        as_of_date,
        {{ days }} as days,
        {{ compared_date('as_of_date', 'cadence', days) }} as compared_on
    from with_cadence
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

compared_dates as (
    select looked_back.*
    from looked_back
    inner join as_of_dates on looked_back.compared_on = as_of_dates.as_of_date
)

select * from compared_dates
