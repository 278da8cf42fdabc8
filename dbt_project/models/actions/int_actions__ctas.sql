-- Every call to action as it stands on the newest date: those of rules, and those that people opened,
-- which take their settings from the rule of their module that has no condition.
with newest as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where is_newest
),

dates as (
    select * from {{ ref('int_indicators__account_dates') }} where is_newest
),

episodes as (
    select * from {{ ref('int_scoring__cta_episodes') }}
),

rules as (
    select * from {{ ref('cta_rules') }}
),

module_teams as (
    select * from {{ ref('module_teams') }}
),

playbooks as (
    select * from {{ ref('playbooks') }}
),

acts as (
    select acts.*
    from {{ ref('int_scoring__cta_acts') }} as acts
    inner join newest on acts.as_of_date = newest.as_of_date
    where acts.cta_id is not null
),

last_scored as (
    select
        account_id,
        max(as_of_date) as last_scored_on
    from {{ ref('int_scoring__account_scores') }}
    group by account_id
),

next_dates as (
    select
        as_of_date,
        lead(as_of_date) over (order by as_of_date) as next_as_of_date
    from {{ ref('int_accounts__as_of_dates') }}
),

-- the first date without it: on this one it was seen that the account had left
left_accounts as (
    select
        last_scored.account_id,
        next_dates.next_as_of_date as left_on
    from last_scored
    inner join next_dates on last_scored.last_scored_on = next_dates.as_of_date
    left join dates on last_scored.account_id = dates.account_id
    where dates.account_id is null
),

ranked_openings as (
    select
        acts.cta_id,
        acts.account_id,
        acts.module_id,
        acts.acted_on,
        dates.segment_id,
        rules.rule_id,
        row_number() over (
            partition by acts.cta_id
            order by
                rules.segment_id nulls last, rules.lifecycle_stage nulls last, rules.rule_id
        ) as preference
    from acts
    left join dates on acts.account_id = dates.account_id
    left join rules
        on
            rules.indicator_id is null
            and acts.module_id = rules.module_id
            and {{ rule_concerns('rules', 'dates') }}
    where acts.is_opening
),

all_ctas as (
    select
        cta_id,
        account_id,
        rule_id,
        rule_id as settings_id,
        cast(null as varchar) as stated_module_id,
        segment_id,
        opened_on,
        last_held_on,
        gone_on,
        closed_on as ended_on,
        raw_value
    from episodes
    union all
    select
        cta_id,
        account_id,
        cast(null as varchar) as rule_id,
        rule_id as settings_id,
        module_id as stated_module_id,
        segment_id,
        acted_on as opened_on,
        cast(null as date) as last_held_on,
        cast(null as date) as gone_on,
        cast(null as date) as ended_on,
        {{ to_double('null') }} as raw_value
    from ranked_openings
    where preference = 1
),

ranked_acts as (
    select
        *,
        row_number() over (
            partition by cta_id order by acted_at desc, action_id desc
        ) as recency,
        row_number() over (
            partition by cta_id, case when action in ('open', 'close') then 'state' else action end
            order by acted_at desc, action_id desc
        ) as recency_of_kind,
        -- who opens it again ends its rest
        row_number() over (
            partition by cta_id, action in ('open', 'snooze')
            order by acted_at desc, action_id desc
        ) as recency_of_rest
    from acts
    where action <> 'snooze' or until_on is not null
),

by_people as (
    select
        cta_id,
        max(case when recency_of_kind = 1 and action = 'close' then acted_on end) as closed_on,
        max(case when recency_of_rest = 1 and action = 'snooze' then until_on end)
            as snoozed_until,
        max(case when recency = 1 then action end) as last_action,
        max(case when recency = 1 then acted_on end) as last_action_on
    from ranked_acts
    group by cta_id
),

ctas as (
    select
        all_ctas.cta_id,
        all_ctas.account_id,
        all_ctas.rule_id,
        all_ctas.segment_id,
        coalesce(rules.module_id, all_ctas.stated_module_id) as module_id,
        coalesce(rules.kind, 'risk') as kind,
        coalesce(rules.severity, 'medium') as severity,
        rules.playbook_id,
        own_playbooks.segment_id as playbook_segment_id,
        coalesce(
            own_playbooks.runs_by_itself, general_playbooks.runs_by_itself, false
        ) as runs_by_itself,
        coalesce(rules.owning_team, module_teams.owning_team) as owning_team,
        rules.owner_role,
        rules.due_in_days,
        rules.indicator_id,
        rules.operator,
        rules.threshold,
        all_ctas.opened_on,
        all_ctas.last_held_on,
        all_ctas.gone_on,
        all_ctas.raw_value,
        all_ctas.ended_on,
        by_people.closed_on as closed_by_people_on,
        left_accounts.left_on as account_left_on,
        by_people.snoozed_until,
        by_people.last_action,
        by_people.last_action_on,
        newest.as_of_date
    from all_ctas
    cross join newest
    left join rules on all_ctas.settings_id = rules.rule_id
    left join module_teams
        on coalesce(rules.module_id, all_ctas.stated_module_id) = module_teams.module_id
    left join playbooks as own_playbooks
        on
            rules.playbook_id = own_playbooks.playbook_id
            and all_ctas.segment_id = own_playbooks.segment_id
    left join playbooks as general_playbooks
        on
            rules.playbook_id = general_playbooks.playbook_id
            and general_playbooks.segment_id is null
    left join left_accounts on all_ctas.account_id = left_accounts.account_id
    left join by_people on all_ctas.cta_id = by_people.cta_id
)

select * from ctas
