-- Dimension scores follow from the indicators' effective weights and scores.
with recomputed as (
    select
        account_id,
        as_of_date,
        sum(contribution) filter (where dimension = 'outcome') * 100
        / nullif(sum(effective_weight) filter (where dimension = 'outcome'), 0) as outcome_score,
        sum(contribution) filter (where dimension = 'experience') * 100
        / nullif(sum(effective_weight) filter (where dimension = 'experience'), 0)
            as experience_score
    from {{ tested_rows('fct_indicator_scores') }} as scores
    group by account_id, as_of_date
)

select
    health.account_id,
    health.as_of_date,
    health.outcome_score,
    recomputed.outcome_score as recomputed_outcome_score,
    health.experience_score,
    recomputed.experience_score as recomputed_experience_score
from {{ tested_rows('fct_account_health') }} as health
inner join recomputed
    on health.account_id = recomputed.account_id and health.as_of_date = recomputed.as_of_date
where
    health.is_scored
    and (
        coalesce(abs(health.outcome_score - recomputed.outcome_score), 0) > 1e-9
        or coalesce(abs(health.experience_score - recomputed.experience_score), 0) > 1e-9
        or (health.outcome_score is null) <> (recomputed.outcome_score is null)
        or (health.experience_score is null) <> (recomputed.experience_score is null)
    )
