with

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

readiness_checks as (
    select * from {{ ref('stg_readiness_checks') }}
),

ratings as (
    select * from {{ ref('int_indicators__ratings_as_of') }}
),

required as (
    {{ required_indicators('readiness') }}
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

valued as (
    select
        required.account_id,
        required.as_of_date,
        required.indicator_id,
        case required.indicator_id
            when 'handover_checks_passed_ratio'
                then {{ to_double('checks.passed_count') }} / nullif(checks.checks_count, 0)
            when 'handover_grade' then ratings.points_of_ten
        end as raw_value
    from required
    left join checks
        on
            required.account_id = checks.account_id
            and required.as_of_date = checks.as_of_date
    left join ratings
        on
            required.account_id = ratings.account_id
            and required.as_of_date = ratings.as_of_date
            and ratings.kind = 'handover_grade'
),

measured as (
    select
        account_id,
        as_of_date,
        indicator_id,
        {{ to_double('raw_value') }} as raw_value,
        {{ to_double('null') }} as baseline_value,
        case when raw_value is null then 'not_applicable' end as gap
    from valued
)

select * from measured
