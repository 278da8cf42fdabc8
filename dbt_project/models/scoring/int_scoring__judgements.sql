-- What people said that stands on the date: overrides of score and band, flags of modules. The
-- latest of a kind (and module) counts until it expires or is cleared.
with assessments as (
    select * from {{ ref('stg_csm_assessments') }}
    where kind in ('score_override', 'band_override', 'module_flag')
),

dates as (
    select account_id, as_of_date from {{ ref('int_indicators__account_dates') }}
),

standing as (
    select
        dates.account_id,
        dates.as_of_date,
        assessments.assessment_id,
        assessments.kind,
        assessments.module as module_id,
        assessments.rating,
        assessments.band,
        assessments.score,
        assessments.scale_max,
        row_number() over (
            partition by
                dates.account_id, dates.as_of_date, assessments.kind,
                case when assessments.kind = 'module_flag' then assessments.module end
            order by assessments.assessed_at desc, assessments.assessment_id desc
        ) as recency
    from dates
    inner join assessments
        on
            dates.account_id = assessments.account_id
            and cast(assessments.assessed_at as date) <= dates.as_of_date
            and {{ is_known('assessments', 'dates.as_of_date') }}
            and (
                assessments.expires_at is null
                or cast(assessments.expires_at as date) > dates.as_of_date
            )
            and (
                assessments.cleared_at is null
                or cast(assessments.cleared_at as date) > dates.as_of_date
            )
),

judgements as (
    select
        account_id,
        as_of_date,
        kind,
        module_id,
        assessment_id,
        rating,
        band,
        {{ to_double('score') }} / coalesce(nullif(scale_max, 0), 100) * 100 as score
    from standing
    where recency = 1
)

select * from judgements
