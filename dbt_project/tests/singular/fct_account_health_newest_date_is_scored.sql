-- Everybody unscored on the newest date, though some were scored before, is an outage of a source or
-- a date beyond the data, and never published.
with dates as (
    select
        as_of_date,
        is_latest,
        count(*) filter (where is_scored) as scored_count,
        count(*) as account_count,
        min(unscored_explanation) as example
    from {{ ref('fct_account_health') }}
    group by as_of_date, is_latest
)

select
    as_of_date,
    account_count,
    example
from dates
where
    is_latest
    and scored_count = 0
    and exists (select 1 from dates as earlier where earlier.scored_count > 0)
