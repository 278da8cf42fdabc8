-- Tables with more quarantined rows than their limit: which rule set how many rows aside, with one of
-- them. The limit is tables.<table>.quarantine_limit_ratio in company.yml.
with over_limit as (
    select * from {{ ref('quality_sources') }}
    where quarantined_ratio > quarantine_limit_ratio
),

rules as (
    select
        source_table,
        rule,
        column_name,
        sum(occurrence_count) as rule_rows,
        min(row_key || ': ' || coalesce(value, 'no value')) as first_example,
        max(row_key || ': ' || coalesce(value, 'no value')) as last_example
    from {{ ref('quality_quarantine') }}
    group by source_table, rule, column_name
)

select
    over_limit.source_table,
    rules.rule,
    rules.column_name,
    rules.rule_rows,
    over_limit.row_count as landed_rows,
    over_limit.quarantine_limit_ratio,
    rules.first_example,
    rules.last_example
from over_limit
inner join rules on over_limit.source_table = rules.source_table
order by rules.rule_rows desc
