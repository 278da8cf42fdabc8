-- The calls to action that are open on a date, snoozed ones too: those whose condition lasts and
-- those that a person opened, unless a person has closed them.
with dates as (
    select account_id, as_of_date from {{ ref('int_scoring__scored_dates') }}
),

episodes as (
    select * from {{ ref('int_scoring__cta_episodes') }}
),

acts as (
    select * from {{ ref('int_scoring__cta_acts') }} where cta_id is not null
),

rules as (
    select * from {{ ref('cta_rules') }}
),

lasting as (
    select
        dates.account_id,
        dates.as_of_date,
        episodes.cta_id,
        episodes.rule_id,
        rules.module_id,
        rules.kind,
        coalesce(rules.is_red, false) as is_red
    from dates
    inner join episodes
        on
            dates.account_id = episodes.account_id
            and episodes.opened_on <= dates.as_of_date
            and (episodes.closed_from is null or dates.as_of_date < episodes.closed_from)
    inner join rules on episodes.rule_id = rules.rule_id
),

opened_by_people as (
    select
        dates.account_id,
        dates.as_of_date,
        acts.cta_id,
        cast(null as varchar) as rule_id,
        acts.module_id,
        'risk' as kind,
        false as is_red
    from dates
    inner join acts
        on
            dates.account_id = acts.account_id
            and dates.as_of_date = acts.as_of_date
    where acts.is_opening
),

all_ctas as (
    select * from lasting
    union all
    select * from opened_by_people
),

latest_acts as (
    select
        as_of_date,
        cta_id,
        action,
        row_number() over (
            partition by as_of_date, cta_id order by acted_at desc, action_id desc
        ) as recency
    from acts
    where action in ('open', 'close')
),

open_ctas as (
    select all_ctas.*
    from all_ctas
    left join latest_acts
        on
            all_ctas.as_of_date = latest_acts.as_of_date
            and all_ctas.cta_id = latest_acts.cta_id
            and latest_acts.recency = 1
    where coalesce(latest_acts.action, 'open') = 'open'
)

select * from open_ctas
