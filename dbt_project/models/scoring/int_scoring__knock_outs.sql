-- The lowest cap that applies, where it lies below the weighted score.
with weighted_scores as (
    select * from {{ ref('int_scoring__weighted_scores') }}
),

applying as (
    {{ applying_knock_outs(ref('knock_outs')) }}
),

ordered as (
    select
        applying.*,
        row_number() over (
            partition by applying.account_id, applying.as_of_date
            order by applying.cap, applying.knock_out_id
        ) as cap_order
    from applying
    inner join weighted_scores
        on
            applying.account_id = weighted_scores.account_id
            and applying.as_of_date = weighted_scores.as_of_date
    where applying.cap < weighted_scores.weighted_score
),

binding as (
    select
        account_id,
        as_of_date,
        knock_out_id,
        indicator_id,
        raw_value,
        cap,
        reason
    from ordered
    where cap_order = 1
)

select * from binding
