-- The dates that this build computes: all of them in a full one, later those that what is new reaches.
-- Before them the dates that the first of them are compared with, one period back (`is_before`):
-- what the marts hold of these stays as it is.
{% set lookbacks = {'is_daily': 2, 'is_weekly': 8, 'is_monthly': 32, 'is_quarterly': 93} %}
with as_of_dates as (
    select * from {{ ref('int_accounts__as_of_dates') }}
),

build_bounds as (
    select * from {{ ref('int_accounts__build_bounds') }}
),

calendar as (
    select
        as_of_dates.*,
        as_of_dates.as_of_date < build_bounds.build_from as is_before
    from as_of_dates
    cross join build_bounds
    where
        as_of_dates.as_of_date >= build_bounds.build_from
        {%- for flag, days in lookbacks.items() %}
        or (
            as_of_dates.{{ flag }}
            and as_of_dates.as_of_date >= {{ add_days('build_bounds.build_from', -days) }}
        )
        {%- endfor %}
)

select * from calendar
