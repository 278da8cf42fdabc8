with

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

assessments as (
    select * from {{ ref('stg_csm_assessments') }}
),

standing as (
    select
        dates.account_id,
        dates.as_of_date,
        assessments.kind,
        assessments.assessment_id,
        {{ points_of_ten('assessments.score', 'assessments.scale_max') }} as points_of_ten,
        lower(trim(assessments.rating)) as rating,
        row_number() over (
            partition by dates.account_id, dates.as_of_date, assessments.kind
            order by assessments.assessed_at desc, assessments.assessment_id desc
        ) as newest_first
    from dates
    inner join assessments
        on
            dates.account_id = assessments.account_id
            and {{ is_known('assessments', 'dates.as_of_date') }}
            and assessments.kind in ('handover_grade', 'relationship_rating', 'maturity')
            and cast(assessments.assessed_at as date) <= dates.as_of_date
    where
        (
            assessments.cleared_at is null
            or cast(assessments.cleared_at as date) > dates.as_of_date
        )
        and (
            assessments.expires_at is null
            or cast(assessments.expires_at as date) > dates.as_of_date
        )
),

latest as (
    select
        account_id,
        as_of_date,
        kind,
        assessment_id,
        points_of_ten,
        rating
    from standing
    where newest_first = 1
)

select * from latest
