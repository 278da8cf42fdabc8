with dates as (
    {{ asked_dates('readiness') }}
),

readiness_checks as (
    select * from {{ ref('stg_readiness_checks') }}
),

ratings as (
    select * from {{ ref('int_indicators__ratings_as_of') }}
),

checks_as_of as (
    select
        dates.account_id,
        dates.as_of_date,
        readiness_checks.passed,
        row_number() over (
            partition by dates.account_id, dates.as_of_date, readiness_checks.check_name
            order by readiness_checks.checked_on desc
        ) as newest_first
    from dates
    inner join readiness_checks
        on
            dates.account_id = readiness_checks.account_id
            and {{ is_known('readiness_checks', 'dates.as_of_date') }}
            and readiness_checks.checked_on <= dates.as_of_date
),

checks as (
    select
        account_id,
        as_of_date,
        count(*) as checks_count,
        count(*) filter (where passed) as passed_count
    from checks_as_of
    where newest_first = 1
    group by account_id, as_of_date
),

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        {{ to_double('checks.passed_count') }} / nullif(checks.checks_count, 0)
            as handover_checks_passed_ratio,
        ratings.points_of_ten as handover_grade
    from dates
    left join checks
        on dates.account_id = checks.account_id and dates.as_of_date = checks.as_of_date
    left join ratings
        on
            dates.account_id = ratings.account_id
            and dates.as_of_date = ratings.as_of_date
            and ratings.kind = 'handover_grade'
)

select * from indicators
