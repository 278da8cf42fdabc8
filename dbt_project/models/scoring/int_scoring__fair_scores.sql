-- The computed score without what the account's CSM rates, for judging a CSM's book: neither those
-- indicators nor a cap that rests on one of them counts, and no override.
with weighted_scores as (
    select * from {{ ref('int_scoring__weighted_scores') }}
    {{ where_scored_anew() }}
),

knock_outs as (
    select knock_outs.*
    from {{ ref('knock_outs') }} as knock_outs
    inner join {{ ref('indicators') }} as indicators
        on knock_outs.indicator_id = indicators.indicator_id
    where not indicators.is_rated_by_csm
),

caps as (
    select
        account_id,
        as_of_date,
        min(cap) as cap
    from ({{ applying_knock_outs('knock_outs') }}) as applying
    group by account_id, as_of_date
),

fair_scores as (
    select
        weighted_scores.account_id,
        weighted_scores.as_of_date,
        case
            when not weighted_scores.is_scored then null
            when caps.cap < weighted_scores.unrated_score then caps.cap
            else weighted_scores.unrated_score
        end as fair_score
    from weighted_scores
    left join caps
        on
            weighted_scores.account_id = caps.account_id
            and weighted_scores.as_of_date = caps.as_of_date
)

select * from fair_scores
