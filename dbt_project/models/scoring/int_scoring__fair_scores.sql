-- The computed score without what the account's CSM rates, for judging a CSM's book: neither those
-- indicators nor a cap that rests on one of them counts, and no override.
with indicators as (
    select * from {{ ref('indicators') }}
),

indicator_scores as (
    select
        indicator_scores.*,
        indicators.is_rated_by_csm
    from {{ ref('int_scoring__indicator_scores') }} as indicator_scores
    inner join indicators on indicator_scores.indicator_id = indicators.indicator_id
    where indicator_scores.is_own
),

weighted_scores as (
    select * from {{ ref('int_scoring__weighted_scores') }}
    {{ where_in_this_build() }}
),

knock_outs as (
    select knock_outs.*
    from {{ ref('knock_outs') }} as knock_outs
    inner join indicators on knock_outs.indicator_id = indicators.indicator_id
    where not indicators.is_rated_by_csm
),

unrated as (
    select
        account_id,
        as_of_date,
        {{ weighted_mean('not is_rated_by_csm') }} as unrated_score
    from indicator_scores
    group by account_id, as_of_date
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
            when caps.cap < unrated.unrated_score then caps.cap
            else unrated.unrated_score
        end as fair_score
    from weighted_scores
    left join unrated
        on
            weighted_scores.account_id = unrated.account_id
            and weighted_scores.as_of_date = unrated.as_of_date
    left join caps
        on
            weighted_scores.account_id = caps.account_id
            and weighted_scores.as_of_date = caps.as_of_date
)

select * from fair_scores
