-- Module scores follow from the indicators' weights and scores.
with recomputed as (
    select
        account_id,
        as_of_date,
        module_id,
        sum(weight * indicator_score) filter (where indicator_score is not null)
        / nullif(sum(weight) filter (where indicator_score is not null), 0) as module_score
    from {{ tested_rows('fct_indicator_scores') }} as scores
    group by account_id, as_of_date, module_id
)

select
    modules.account_id,
    modules.as_of_date,
    modules.module_id,
    modules.module_score,
    recomputed.module_score as recomputed_module_score
from {{ tested_rows('fct_module_scores') }} as modules
inner join recomputed
    on
        modules.account_id = recomputed.account_id
        and modules.as_of_date = recomputed.as_of_date
        and modules.module_id = recomputed.module_id
where
    coalesce(abs(modules.module_score - recomputed.module_score), 0) > 1e-9
    or (modules.module_score is null) <> (recomputed.module_score is null)
