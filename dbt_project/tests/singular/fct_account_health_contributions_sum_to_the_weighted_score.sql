-- Contributions sum to the weighted score and effective weights to 100, in every scored row.
with sums as (
    select
        account_id,
        as_of_date,
        sum(contribution) as contribution_sum,
        sum(effective_weight) as weight_sum
    from {{ tested_rows('fct_indicator_scores') }} as scores
    group by account_id, as_of_date
)

select
    health.account_id,
    health.as_of_date,
    health.weighted_score,
    sums.contribution_sum,
    sums.weight_sum
from {{ tested_rows('fct_account_health') }} as health
left join sums
    on health.account_id = sums.account_id and health.as_of_date = sums.as_of_date
where
    health.is_scored
    and (
        coalesce(abs(health.weighted_score - sums.contribution_sum), 1) > 1e-9
        or coalesce(abs(sums.weight_sum - 100), 1) > 1e-9
    )
