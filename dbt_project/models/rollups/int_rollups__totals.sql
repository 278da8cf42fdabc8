-- What each roll-up adds up to on a date. An account stands in those of its CSM, segment, industry and
-- region, in the company and in the groups above it.
{% set bands = ['unhealthy', 'fair', 'healthy'] %}
{% set measures %}
        count(*) as account_count,
        count(*) filter (where is_scored) as scored_account_count,
        count(*) filter (where not is_scored) as unscored_account_count,
        {%- for band in bands %}
        count(*) filter (where band = '{{ band }}') as {{ band }}_account_count,
        {%- endfor %}
        count(*) filter (where band is null) as unbanded_account_count,
        sum(weight) as value_amount,
        coalesce(sum(weight) filter (where not is_scored), 0) as unscored_value_amount,
        {%- for band in bands %}
        coalesce(sum(weight) filter (where band = '{{ band }}'), 0) as {{ band }}_value_amount,
        {%- endfor %}
        coalesce(sum(weight) filter (where band is null), 0) as unbanded_value_amount,
        {{ weighted_mean('is_scored', 'weight', 'score') }} as value_weighted_score,
        {{ exact_sum('score') }} / nullif(count(score), 0) as mean_score,
        {{ weighted_mean('is_scored', 'weight', 'computed_score') }} as computed_score,
        {{ weighted_mean('fair_score is not null', 'weight', 'fair_score') }} as fair_score,
        count(override_id) as override_account_count
{%- endset %}
with accounts as (
    select * from {{ ref('int_rollups__accounts') }}
    {{ where_in_this_build() }}
),

company as (
    select company_id from {{ source('config', 'company') }}
),

rollup_accounts as (
    select
        as_of_date,
        is_scored,
        band,
        score,
        computed_score,
        fair_score,
        override_id,
        {{ rollup_weight('value_amount') }} as weight,
        {%- for kind, column in rollup_keys().items() %}
        coalesce(cast({{ column }} as varchar), '(none)') as {{ kind }}_rollup_id,
        {%- endfor %}
        company.company_id as company_rollup_id
    from accounts
    cross join company
),

group_accounts as (
    select
        rollup_accounts.*,
        {{ rollup_weight('rollup_accounts.value_amount') }} as weight,
        ancestors.ancestor_id
    from {{ ref('int_rollups__ancestors') }} as ancestors
    inner join {{ ref('int_rollups__accounts') }} as rollup_accounts
        on
            ancestors.account_id = rollup_accounts.account_id
            and ancestors.as_of_date = rollup_accounts.as_of_date
),

groups_of_this_build as (
    select * from group_accounts
    {{ where_in_this_build() }}
),

-- one reading for all kinds
by_what_they_have as (
    select
        as_of_date,
        {{ rollup_of_grouping_set() }},
        {{ measures }}
    from rollup_accounts
    group by grouping sets (
        {%- for kind in rollup_keys() %}
        (as_of_date, {{ kind }}_rollup_id),
        {%- endfor %}
        (as_of_date, company_rollup_id)
    )
),

by_group as (
    select
        as_of_date,
        'parent' as rollup_kind,
        ancestor_id as rollup_id,
        {{ measures }}
    from groups_of_this_build
    group by as_of_date, ancestor_id
),

totals as (
    select * from by_what_they_have
    union all
    select * from by_group
)

select * from totals
