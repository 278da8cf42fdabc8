-- Owners with more open calls to action than most_open_ctas_per_owner of company.yml: all of them are
-- there, nothing is cut off. Which rule opens most of them is where to begin.
{{ config(severity='warn') }}
with open_ctas as (
    select * from {{ ref('fct_ctas') }} where status = 'open' and owner_kind <> 'itself'
),

company as (
    select * from {{ source('config', 'company') }}
),

by_rule as (
    select
        owner,
        coalesce(rule_id, 'opened by people') as rule_id,
        count(*) as rule_count
    from open_ctas
    group by owner, coalesce(rule_id, 'opened by people')
),

by_owner as (
    select
        owner,
        cast(sum(rule_count) as integer) as open_count,
        max(rule_count) as highest_rule_count
    from by_rule
    group by owner
),

too_many as (
    select
        by_owner.owner,
        by_owner.open_count,
        company.most_open_ctas_per_owner,
        min(by_rule.rule_id) as rule_id,
        by_owner.highest_rule_count
    from by_owner
    cross join company
    inner join by_rule
        on
            by_owner.owner = by_rule.owner
            and by_owner.highest_rule_count = by_rule.rule_count
    where by_owner.open_count > company.most_open_ctas_per_owner
    group by
        by_owner.owner,
        by_owner.open_count,
        company.most_open_ctas_per_owner,
        by_owner.highest_rule_count
)

select * from too_many
order by open_count desc
