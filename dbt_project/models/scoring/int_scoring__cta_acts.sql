-- What people did on calls to action, as known by each date, with the one that it refers to: the one
-- named; where later data moved its beginning, what goes by that name then (as in cta_identity); of
-- those that people opened, the one named, or the latest of the module.
with newest as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where is_newest
),

earlier_dates as (
    select
        account_id,
        as_of_date
    from {{ ref('int_indicators__account_dates') }}
    where not is_newest
),

episodes as (
    select * from {{ ref('int_scoring__cta_episodes') }}
),

rules as (
    select * from {{ ref('cta_rules') }}
),

named as (
    select
        action_id,
        account_id as stated_account_id,
        cta_id as stated_cta_id,
        split_part(cta_id, ':', 1) as rule_id,
        split_part(cta_id, ':', 2) as named_on,
        coalesce(
            substr(
                cta_id,
                length(split_part(cta_id, ':', 1)) + length(split_part(cta_id, ':', 2)) + 3
            ),
            account_id
        ) as account_id,
        module as module_id,
        action,
        step,
        until as until_on,
        acted_at,
        cast(acted_at as date) as acted_on,
        known_from,
        known_until
    from {{ ref('stg_cta_actions') }}
),

-- who names two accounts in one act means neither
acts as (
    select
        *,
        coalesce(stated_account_id = account_id, true) as is_of_one_account
    from named
),

-- the one that is named, where it is there, is the first: those before it were over by its day
of_rules as (
    select
        acts.action_id,
        acts.known_from,
        episodes.cta_id,
        row_number() over (
            partition by acts.action_id, acts.known_from order by episodes.opened_on
        ) as preference
    from acts
    inner join episodes
        on
            acts.is_of_one_account
            and acts.rule_id = episodes.rule_id
            and acts.account_id = episodes.account_id
    inner join rules on episodes.rule_id = rules.rule_id
    where {{ goes_by('acts.named_on', 'episodes.opened_on', 'episodes.closed_on', 'rules') }}
),

-- on the newest date all of them, before it those of the accounts that were scored
dated_acts as (
    select
        newest.as_of_date,
        acts.*
    from acts
    cross join newest
    union all
    select
        earlier_dates.as_of_date,
        acts.*
    from acts
    inner join earlier_dates on acts.account_id = earlier_dates.account_id
),

known_acts as (
    select
        dated_acts.*,
        of_rules.cta_id as rule_cta_id
    from dated_acts
    left join of_rules
        on
            dated_acts.action_id = of_rules.action_id
            and dated_acts.known_from = of_rules.known_from
            and of_rules.preference = 1
    where
        dated_acts.acted_on <= dated_acts.as_of_date
        and {{ is_known('dated_acts', 'dated_acts.as_of_date') }}
),

openings as (
    select
        *,
        'manual:' || action_id || ':' || account_id as cta_id
    from known_acts
    where
        action = 'open'
        and stated_cta_id is null
        and module_id in (select modules.module_id from {{ ref('modules') }} as modules)
),

of_people as (
    select
        known_acts.as_of_date,
        known_acts.action_id,
        openings.cta_id,
        openings.module_id,
        row_number() over (
            partition by known_acts.as_of_date, known_acts.action_id
            order by openings.acted_at desc, openings.action_id desc
        ) as preference
    from known_acts
    inner join openings
        on
            known_acts.is_of_one_account
            and known_acts.as_of_date = openings.as_of_date
            and known_acts.account_id = openings.account_id
            and (
                known_acts.stated_cta_id = openings.cta_id
                or (
                    known_acts.stated_cta_id is null
                    and known_acts.module_id = openings.module_id
                    and (
                        known_acts.action_id = openings.action_id
                        or (
                            known_acts.action <> 'open'
                            and openings.acted_at <= known_acts.acted_at
                        )
                    )
                )
            )
),

cta_acts as (
    select
        known_acts.as_of_date,
        known_acts.action_id,
        known_acts.account_id,
        coalesce(of_people.cta_id, known_acts.rule_cta_id) as cta_id,
        coalesce(of_people.module_id, known_acts.module_id) as module_id,
        known_acts.action,
        known_acts.action = 'open' and known_acts.stated_cta_id is null as is_opening,
        known_acts.step,
        known_acts.until_on,
        known_acts.acted_at,
        known_acts.acted_on
    from known_acts
    left join of_people
        on
            known_acts.as_of_date = of_people.as_of_date
            and known_acts.action_id = of_people.action_id
            and of_people.preference = 1
)

select * from cta_acts
