-- The accounts that were scored in a roll-up on the compared date, too, and their value-weighted scores
-- on both. Who was scored then in another roll-up is not one of them.
{% set measures = ['score', 'fair_score'] %}
{% set sums %}
        count(*) as account_count
        {%- for measure in measures %}
        {%- set on_both = 'now_' ~ measure ~ ' is not null and then_' ~ measure ~ ' is not null' %}
        {%- for date in ['now', 'then'] %},
        {{ weighted_mean(on_both, date ~ '_weight', date ~ '_' ~ measure) }} as {{ date }}_{{ measure }}
        {%- endfor %}
        {%- endfor %}
{%- endset %}
{% set values %}
        {%- for date in ['now', 'then'] %}
        {{ rollup_weight(date ~ '_scored.value_amount') }} as {{ date }}_weight,
        {%- for measure in measures %}
        {{ date }}_scored.{{ measure }} as {{ date }}_{{ measure }},
        {%- endfor %}
        {%- endfor %}
{%- endset %}
with compared_dates as (
    select * from {{ ref('int_rollups__compared_dates') }}
),

company as (
    select company_id from {{ source('config', 'company') }}
),

paired as (
    select
        compared_dates.as_of_date,
        compared_dates.days,
        {{- values }}
        {%- for kind, column in rollup_keys().items() %}
        case
            when now_scored.{{ column }} is not distinct from then_scored.{{ column }}
                then coalesce(cast(now_scored.{{ column }} as varchar), '(none)')
        end as {{ kind }}_rollup_id,
        {%- endfor %}
        company.company_id as company_rollup_id
    from compared_dates
    inner join {{ ref('int_rollups__accounts') }} as now_scored
        on compared_dates.as_of_date = now_scored.as_of_date and now_scored.is_scored
    inner join {{ ref('int_rollups__accounts') }} as then_scored
        on
            compared_dates.compared_on = then_scored.as_of_date
            and now_scored.account_id = then_scored.account_id
            and then_scored.is_scored
    cross join company
),

by_what_they_have as (
    select
        as_of_date,
        days,
        {{ rollup_of_grouping_set() }},
        {{- sums }}
    from paired
    group by grouping sets (
        {%- for kind in rollup_keys() %}
        (as_of_date, days, {{ kind }}_rollup_id),
        {%- endfor %}
        (as_of_date, days, company_rollup_id)
    )
),

paired_in_groups as (
    select
        compared_dates.as_of_date,
        compared_dates.days,
        {{- values }}
        now_ancestors.ancestor_id
    from compared_dates
    inner join {{ ref('int_rollups__ancestors') }} as now_ancestors
        on compared_dates.as_of_date = now_ancestors.as_of_date
    inner join {{ ref('int_rollups__ancestors') }} as then_ancestors
        on
            compared_dates.compared_on = then_ancestors.as_of_date
            and now_ancestors.account_id = then_ancestors.account_id
            and now_ancestors.ancestor_id = then_ancestors.ancestor_id
    inner join {{ ref('int_rollups__accounts') }} as now_scored
        on
            now_ancestors.account_id = now_scored.account_id
            and now_ancestors.as_of_date = now_scored.as_of_date
            and now_scored.is_scored
    inner join {{ ref('int_rollups__accounts') }} as then_scored
        on
            then_ancestors.account_id = then_scored.account_id
            and then_ancestors.as_of_date = then_scored.as_of_date
            and then_scored.is_scored
),

same as (
    -- who came from another roll-up of the kind is in none of these
    select * from by_what_they_have where rollup_id is not null
    union all
    select
        as_of_date,
        days,
        'parent' as rollup_kind,
        ancestor_id as rollup_id,
        {{- sums }}
    from paired_in_groups
    group by as_of_date, days, ancestor_id
)

select * from same
