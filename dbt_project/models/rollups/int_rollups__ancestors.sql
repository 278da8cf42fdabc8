-- The parents of each account on a date, and theirs, up to five levels; a parent that has accounts
-- below it belongs to its own group. Parents without a contract, or that are not landed, count too.
{% set levels = 5 %}
with accounts_as_of as (
    select account_id, as_of_date, parent_account_id from {{ ref('int_accounts__as_of') }}
    {{ where_in_this_build() }}
),

parents as (
    select * from {{ ref('stg_accounts') }} where parent_account_id is not null
),

level_1 as (
    select
        account_id,
        as_of_date,
        parent_account_id as ancestor_id
    from accounts_as_of
    where parent_account_id is not null
),
{% for level in range(2, levels + 1) %}
level_{{ level }} as (
    select
        level_{{ level - 1 }}.account_id,
        level_{{ level - 1 }}.as_of_date,
        parents.parent_account_id as ancestor_id
    from level_{{ level - 1 }}
    inner join parents
        on
            level_{{ level - 1 }}.ancestor_id = parents.account_id
            and {{ is_in_force('parents', 'level_' ~ (level - 1) ~ '.as_of_date') }}
),
{% endfor %}
own_groups as (
    select
        accounts_as_of.account_id,
        accounts_as_of.as_of_date,
        accounts_as_of.account_id as ancestor_id
    from accounts_as_of
    inner join parents
        on
            accounts_as_of.account_id = parents.parent_account_id
            and {{ is_in_force('parents', 'accounts_as_of.as_of_date') }}
),

-- each once, also where a circle was landed for a while
ancestors as (
    select * from own_groups
    {%- for level in range(1, levels + 1) %}
    union
    select * from level_{{ level }}
    {%- endfor %}
)

select * from ancestors
