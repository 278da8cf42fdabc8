-- The date 28 and 91 days back with which roll-ups compare each date of this build: the latest one, at
-- most a period of the company's shortest cadence older, which its dates follow.
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where not is_before
),

cadence as (
    select min({{ period_days('cadence') }}) as period_days from {{ ref('scorecards') }}
),

looked_back as (
    {%- for days in [28, 91] %}
    select
        as_of_date,
        {{ days }} as days,
        max(as_of_date) over (
            order by as_of_date
            range between interval '{{ days + 92 }}' day preceding
            and interval '{{ days }}' day preceding
        ) as compared_on
    from {{ ref('int_accounts__as_of_dates') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

compared_dates as (
    select
        looked_back.as_of_date,
        looked_back.days,
        looked_back.compared_on
    from looked_back
    inner join calendar on looked_back.as_of_date = calendar.as_of_date
    cross join cadence
    where
        {{ days_between('looked_back.compared_on', 'looked_back.as_of_date') }}
        <= looked_back.days + cadence.period_days
)

select * from compared_dates
