-- What people said that stands on the date: overrides of score and band, flags of modules. The
-- latest of a kind (and module) counts until it expires or is cleared; the one that it replaced
-- does not come back.
with assessments as (
    select
        assessment_id,
        account_id,
        kind,
        case when kind = 'module_flag' then module end as module_id,
        lower(rating) as rating,
        lower(band) as band,
        {{ to_double('score') }} * 100 / coalesce(nullif(scale_max, 0), 100) as score,
        assessed_at,
        expires_at,
        cleared_at,
        known_from,
        known_until
    from {{ ref('stg_csm_assessments') }}
    where kind in ('score_override', 'band_override', 'module_flag')
),

-- an override that sets no score of 0-100 or no known band says nothing
meaningful as (
    select * from assessments
    where
        kind = 'module_flag'
        or (kind = 'score_override' and score between 0 and 100)
        or (kind = 'band_override' and band in ('unhealthy', 'fair', 'healthy'))
),

dates as (
    select account_id, as_of_date from {{ ref('int_scoring__scored_dates') }}
),

given_by_date as (
    select
        dates.account_id,
        dates.as_of_date,
        meaningful.assessment_id,
        meaningful.kind,
        meaningful.module_id,
        meaningful.rating,
        meaningful.band,
        meaningful.score,
        coalesce(cast(meaningful.expires_at as date) <= dates.as_of_date, false) as is_expired,
        coalesce(cast(meaningful.cleared_at as date) <= dates.as_of_date, false) as is_cleared,
        row_number() over (
            partition by
                dates.account_id, dates.as_of_date, meaningful.kind, meaningful.module_id
            order by meaningful.assessed_at desc, meaningful.assessment_id desc
        ) as recency
    from dates
    inner join meaningful
        on
            dates.account_id = meaningful.account_id
            and cast(meaningful.assessed_at as date) <= dates.as_of_date
            and {{ is_known('meaningful', 'dates.as_of_date') }}
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
        score
    from given_by_date
    where recency = 1 and not is_expired and not is_cleared
)

select * from judgements
