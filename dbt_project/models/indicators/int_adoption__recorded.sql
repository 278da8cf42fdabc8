-- Which sides of use this company's rows carry at all on each date: what nobody records is not zero.
{% set sides = ['has_users', 'has_minutes', 'has_quantities', 'has_modules', 'has_units'] %}
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
),

recorded_on as (
    select * from {{ ref('int_indicators__recorded_on') }}
),

recorded as (
    select
        calendar.as_of_date,
        {%- for side in sides %}
        coalesce(
            bool_or(recorded_on.fact in ('usage_events.{{ side }}', 'usage_daily.{{ side }}')),
            false
        ) as {{ side }}{{ "," if not loop.last }}
        {%- endfor %}
    from calendar
    left join recorded_on on calendar.as_of_date = recorded_on.as_of_date
    group by calendar.as_of_date
)

select * from recorded
