-- Which accounts each roll-up holds. What an account does not have (a CSM, a region) is `(none)`.
{% set kinds = {
    'csm': 'csm_id', 'segment': 'segment_id', 'industry': 'industry', 'region': 'region',
} %}
with rollup_accounts as (
    select * from {{ ref('int_rollups__accounts') }}
),

ancestors as (
    select * from {{ ref('int_rollups__ancestors') }}
),

company as (
    select * from {{ source('config', 'company') }}
),

memberships as (
    {%- for kind, column in kinds.items() %}
    select
        account_id,
        as_of_date,
        '{{ kind }}' as rollup_kind,
        coalesce(cast({{ column }} as varchar), '(none)') as rollup_id
    from rollup_accounts
    union all
    {%- endfor %}
    select
        account_id,
        as_of_date,
        'parent' as rollup_kind,
        ancestor_id as rollup_id
    from ancestors
    union all
    select
        rollup_accounts.account_id,
        rollup_accounts.as_of_date,
        'company' as rollup_kind,
        company.company_id as rollup_id
    from rollup_accounts
    cross join company
),

members as (
    select
        memberships.rollup_kind,
        memberships.rollup_id,
        rollup_accounts.*,
        -- what weighs in value-weighted scores; wide enough for its product with a score
        cast(coalesce(rollup_accounts.value_amount, 0) as decimal(20, 4)) as weight
    from memberships
    inner join rollup_accounts
        on
            memberships.account_id = rollup_accounts.account_id
            and memberships.as_of_date = rollup_accounts.as_of_date
)

select * from members
