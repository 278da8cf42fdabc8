-- The unbroken times in which a rule's condition held, from all dates. Gaps shorter than the rule's
-- quiet days belong to them.
with evaluations as (
    select * from {{ ref('int_scoring__rule_evaluations') }}
),

rules as (
    select
        rule_id,
        coalesce(quiet_days, 0) as quiet_days
    from {{ ref('cta_rules') }}
),

-- a date on which it holds begins a spell, which lasts over the dates on which it does not
numbered as (
    select
        *,
        sum(case when holds then 1 else 0 end) over (
            partition by account_id, rule_id
            order by as_of_date
            rows between unbounded preceding and current row
        ) as spell
    from evaluations
),

timed as (
    select
        numbered.account_id,
        numbered.rule_id,
        numbered.as_of_date,
        numbered.holds,
        numbered.spell,
        min(case when not numbered.holds then numbered.as_of_date end) over (
            partition by numbered.account_id, numbered.rule_id, numbered.spell
        ) as gone_on,
        rules.quiet_days
    from numbered
    inner join rules on numbered.rule_id = rules.rule_id
),

with_end as (
    select
        *,
        {{ add_days('gone_on', 'quiet_days') }} as ends_on
    from timed
),

spells as (
    select
        account_id,
        rule_id,
        spell,
        min(as_of_date) as held_on,
        min(gone_on) as gone_on,
        min(ends_on) as ends_on,
        -- an end is one when it was seen: unknown meanwhile, it might have come back
        min(case when not holds and as_of_date >= ends_on then as_of_date end) as seen_ended_on,
        bool_or(holds is null and as_of_date > gone_on) as is_unknown_meanwhile
    from with_end
    group by account_id, rule_id, spell
),

followed as (
    select
        *,
        lead(held_on) over (partition by account_id, rule_id order by spell) as next_held_on
    from spells
),

closing as (
    select
        *,
        coalesce(
            seen_ended_on,
            case when next_held_on >= ends_on and not is_unknown_meanwhile then next_held_on end
        ) as closed_from
    from followed
),

in_episodes as (
    select
        *,
        coalesce(sum(case when closed_from is not null then 1 else 0 end) over (
            partition by account_id, rule_id
            order by spell
            rows between unbounded preceding and 1 preceding
        ), 0) as episode
    from closing
),

bounds as (
    select
        account_id,
        rule_id,
        episode,
        min(held_on) as opened_on,
        max(held_on) as last_held_on,
        max(closed_from) as closed_from
    from in_episodes
    group by account_id, rule_id, episode
),

cta_episodes as (
    select
        {{ cta_id('bounds.rule_id', 'bounds.opened_on', 'bounds.account_id') }} as cta_id,
        bounds.account_id,
        bounds.rule_id,
        bounds.opened_on,
        bounds.last_held_on,
        last_spells.gone_on,
        case when bounds.closed_from is not null then last_spells.ends_on end as closed_on,
        bounds.closed_from,
        last_held.segment_id,
        last_held.raw_value
    from bounds
    inner join in_episodes as last_spells
        on
            bounds.account_id = last_spells.account_id
            and bounds.rule_id = last_spells.rule_id
            and bounds.last_held_on = last_spells.held_on
    inner join evaluations as last_held
        on
            bounds.account_id = last_held.account_id
            and bounds.rule_id = last_held.rule_id
            and bounds.last_held_on = last_held.as_of_date
)

select * from cta_episodes
