with identity as (
    select * from {{ ref('int_actions__cta_identity') }}
),

ctas as (
    select
        *,
        least(ended_on, closed_by_people_on, account_left_on) as first_end_on
    from {{ ref('int_actions__ctas') }}
),

owners as (
    select * from {{ ref('int_actions__cta_owners') }}
),

rules as (
    select * from {{ ref('cta_rules') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

escalations as (
    select * from {{ ref('escalations') }}
),

newest as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where is_newest
),

-- late data may have moved the beginning behind the end that people set
ended as (
    select
        identity.cta_id,
        identity.pure_cta_id,
        identity.account_id,
        identity.rule_id,
        identity.opened_on,
        identity.continued_as,
        identity.refresh_id,
        identity.published_at,
        case
            when identity.pure_cta_id is null then identity.opened_on
            when ctas.first_end_on is not null
                then greatest(identity.opened_on, ctas.first_end_on)
        end as closed_on,
        case
            when identity.pure_cta_id is null or ctas.first_end_on = ctas.ended_on
                then 'condition_gone'
            when ctas.first_end_on = ctas.closed_by_people_on then 'closed_by_a_person'
            when ctas.first_end_on is not null then 'account_left'
        end as close_reason
    from identity
    left join ctas on identity.pure_cta_id = ctas.cta_id
),

timed as (
    select
        ended.*,
        {{ days_between('ended.opened_on', 'coalesce(ended.closed_on, newest.as_of_date)') }}
            as days_open,
        coalesce(ctas.module_id, rules.module_id) as module_id,
        coalesce(ctas.kind, rules.kind) as kind,
        coalesce(ctas.severity, rules.severity) as severity,
        case
            when ended.closed_on is not null then 'closed'
            when ctas.snoozed_until > newest.as_of_date then 'snoozed'
            else 'open'
        end as status
    from ended
    cross join newest
    left join ctas on ended.pure_cta_id = ctas.cta_id
    left join rules on ended.rule_id = rules.rule_id
),

reached as (
    select
        timed.cta_id,
        escalations.level,
        escalations.team,
        row_number() over (
            partition by timed.cta_id order by escalations.days_open desc
        ) as preference
    from timed
    inner join escalations
        on
            timed.severity = escalations.severity
            and escalations.days_open <= timed.days_open
    where timed.status <> 'closed'
),

final as (
    select
        cast(timed.cta_id as varchar) as cta_id,
        cast(timed.account_id as varchar) as account_id,
        cast(timed.rule_id as varchar) as rule_id,
        cast(timed.module_id as varchar) as module_id,
        cast(timed.kind as varchar) as kind,
        cast(timed.severity as varchar) as severity,
        cast(timed.status as varchar) as status,
        timed.opened_on,
        {{ add_days('timed.opened_on', 'coalesce(ctas.due_in_days, rules.due_in_days)') }}
            as due_on,
        cast(timed.days_open as integer) as days_open,
        case when timed.status = 'snoozed' then ctas.snoozed_until end as snoozed_until,
        timed.closed_on,
        cast(timed.close_reason as varchar) as close_reason,
        cast(coalesce(owners.owner_id, ctas.owning_team, rules.owning_team) as varchar) as owner,
        cast(coalesce(owners.owner_kind, 'team') as varchar) as owner_kind,
        cast(owners.owner_note as varchar) as owner_note,
        cast(coalesce(ctas.owning_team, rules.owning_team) as varchar) as owning_team,
        cast(
            case when timed.status <> 'closed' then coalesce(reached.level, 'owner') end as varchar
        ) as escalation_level,
        cast(
            case when timed.status <> 'closed' then coalesce(reached.team, ctas.owning_team) end
            as varchar
        ) as escalation_team,
        cast(coalesce(ctas.playbook_id, rules.playbook_id) as varchar) as playbook_id,
        cast(ctas.playbook_segment_id as varchar) as playbook_segment_id,
        cast(
            case
                when timed.continued_as is not null
                    then 'late data made it one with ' || timed.continued_as
                when timed.pure_cta_id is null
                    then
                        'what opened it was so by what was known on '
                        || cast(timed.opened_on as varchar) || ', on no date of the cadence since'
                when timed.rule_id is null
                    then 'opened by a person on ' || cast(timed.opened_on as varchar)
                else
                    {{ fact_in_words(
                        'indicators.phrase', 'ctas.raw_value', to_double('null'),
                        'indicators.unit'
                    ) }}
                    || ' on ' || cast(ctas.last_held_on as varchar)
                    || ' (the limit is ' || ctas.operator || ' '
                    || {{ value_in_words('ctas.threshold', 'indicators.unit') }} || ')'
                    || case
                        when ctas.gone_on is not null
                            then ', gone since ' || cast(ctas.gone_on as varchar)
                        when timed.status <> 'closed' and ctas.last_held_on < ctas.as_of_date
                            then ', unknown since then'
                        else ''
                    end
            end as varchar
        ) as evidence,
        cast(ctas.last_action as varchar) as last_action,
        ctas.last_action_on,
        cast(timed.refresh_id as varchar) as refresh_id,
        cast(timed.published_at as timestamp) as published_at
    from timed
    left join ctas on timed.pure_cta_id = ctas.cta_id
    left join indicators on ctas.indicator_id = indicators.indicator_id
    left join owners on timed.pure_cta_id = owners.cta_id
    left join reached on timed.cta_id = reached.cta_id and reached.preference = 1
    left join rules on timed.rule_id = rules.rule_id
)

select * from final
