-- The dates that this build computes: all of them in a full one, later those that what is new reaches.
with as_of_dates as (
    select * from {{ ref('int_accounts__as_of_dates') }}
),

build_bounds as (
    select * from {{ ref('int_accounts__build_bounds') }}
),

calendar as (
    select as_of_dates.*
    from as_of_dates
    cross join build_bounds
    where as_of_dates.as_of_date >= build_bounds.build_from
)

select * from calendar
