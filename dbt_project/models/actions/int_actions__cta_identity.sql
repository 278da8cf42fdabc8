-- Under which name and since when readers know each call to action. A published one is the first
-- episode of its rule and account that lasts beyond its beginning, and begins so soon that late data
-- may have moved it; of several the one published with the earliest beginning keeps its name. What is
-- none of these any more stays, as gone. What opens after the newest date, which a refresh may have set
-- back, is not there yet: it keeps its name in the ledger.
with showings as (
    select
        *,
        row_number() over (partition by cta_id order by refresh_id) as showing
    from {{ source('ledger', 'published_ctas') }}
),

published as (
    select * from showings where showing = 1
),

build as (
    select * from {{ source('config', 'build') }}
),

newest as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where is_newest
),

ctas as (
    select * from {{ ref('int_actions__ctas') }}
),

rules as (
    select * from {{ ref('cta_rules') }}
),

candidates as (
    select
        published.cta_id,
        ctas.cta_id as pure_cta_id,
        row_number() over (partition by published.cta_id order by ctas.opened_on) as preference
    from published
    inner join ctas
        on
            published.account_id = ctas.account_id
            and published.rule_id = ctas.rule_id
    inner join rules on ctas.rule_id = rules.rule_id
    where {{ goes_by(
        'cast(published.opened_on as varchar)', 'ctas.opened_on', 'ctas.ended_on', 'rules'
    ) }}
    union all
    select
        published.cta_id,
        ctas.cta_id as pure_cta_id,
        1 as preference
    from published
    inner join ctas on published.cta_id = ctas.cta_id
    where published.rule_id is null
),

matched as (
    select
        published.*,
        candidates.pure_cta_id,
        row_number() over (
            partition by candidates.pure_cta_id order by published.opened_on, published.cta_id
        ) as seniority
    from published
    left join candidates on published.cta_id = candidates.cta_id and candidates.preference = 1
),

keepers as (
    select * from matched where pure_cta_id is not null and seniority = 1
),

gone as (
    select
        matched.*,
        keepers.cta_id as continued_as
    from matched
    left join keepers on matched.pure_cta_id = keepers.pure_cta_id
    where keepers.cta_id is null or keepers.cta_id <> matched.cta_id
),

identity as (
    select
        coalesce(keepers.cta_id, ctas.cta_id) as cta_id,
        ctas.cta_id as pure_cta_id,
        ctas.account_id,
        ctas.rule_id,
        coalesce(keepers.opened_on, ctas.opened_on) as opened_on,
        cast(null as varchar) as continued_as,
        coalesce(keepers.refresh_id, build.refresh_id) as refresh_id,
        coalesce(keepers.published_at, build.started_at) as published_at
    from ctas
    cross join build
    left join keepers on ctas.cta_id = keepers.pure_cta_id
    union all
    select
        cta_id,
        cast(null as varchar) as pure_cta_id,
        account_id,
        rule_id,
        opened_on,
        continued_as,
        refresh_id,
        published_at
    from gone
),

cta_identity as (
    select identity.*
    from identity
    inner join newest on identity.opened_on <= newest.as_of_date
)

select * from cta_identity
