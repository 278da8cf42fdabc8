-- What the regular meeting goes through: accounts with a red module, or a module that a person flagged.
{% set modules = [
    'readiness', 'onboarding', 'adoption', 'support', 'bugs', 'product_requests', 'sentiment',
    'relationship', 'commercial', 'outcome',
] %}
with health as (
    select * from {{ ref('fct_account_health') }} where is_latest
),

modules as (
    select
        module_scores.account_id,
        module_scores.module_id,
        module_scores.rating,
        module_scores.flag_id,
        module_scores.rating_reason,
        module_teams.owning_team
    from {{ ref('fct_module_scores') }} as module_scores
    inner join health
        on
            module_scores.account_id = health.account_id
            and module_scores.as_of_date = health.as_of_date
    left join {{ ref('module_teams') }} as module_teams
        on module_scores.module_id = module_teams.module_id
    where module_scores.rating = 'red'
        or (module_scores.rating = 'yellow' and module_scores.flag_id is not null)
),

flagged as (
    select
        account_id,
        count(*) as flagged_module_count,
        count(*) filter (where rating = 'red') as red_module_count,
        {%- for module in modules %}
        coalesce(max(case when module_id = '{{ module }}'
            then '; {{ module }} ' || rating || ': ' || rating_reason end), '')
        {{- " ||" if not loop.last }}
        {%- endfor %} as flags
    from modules
    group by account_id
),

-- the team of the first red module, in the order of the catalogue
first_teams as (
    select
        account_id,
        owning_team,
        row_number() over (
            partition by modules.account_id
            order by
                case when modules.rating = 'red' then 1 else 2 end, catalogue.module_order
        ) as preference
    from modules
    inner join {{ ref('modules') }} as catalogue on modules.module_id = catalogue.module_id
),

open_risks as (
    select
        account_id,
        count(*) as open_risk_count,
        max(days_open) as days_open,
        max(case escalation_level
            when 'executive_sponsor' then 4 when 'other_team' then 3 when 'team_lead' then 2
            else 1
        end) as highest_level
    from {{ ref('fct_ctas') }}
    where kind = 'risk' and status <> 'closed'
    group by account_id
),

acts as (
    select
        account_id,
        last_action,
        last_action_on,
        row_number() over (
            partition by account_id order by last_action_on desc, cta_id asc
        ) as recency
    from {{ ref('fct_ctas') }}
    where last_action is not null
),

final as (
    select
        cast(health.account_id as varchar) as account_id,
        health.as_of_date,
        cast(health.segment_id as varchar) as segment_id,
        cast(health.csm_id as varchar) as csm_id,
        {{ to_double('health.score') }} as score,
        cast(health.band as varchar) as band,
        cast(health.rating as varchar) as rating,
        cast(substr(flagged.flags, 3) as varchar) as flags,
        cast(flagged.red_module_count as integer) as red_module_count,
        cast(health.annual_value_amount as decimal(18, 4)) as annual_value_amount,
        cast(health.reporting_currency as varchar) as reporting_currency,
        cast(health.days_to_renewal as integer) as days_to_renewal,
        cast(first_teams.owning_team as varchar) as owning_team,
        cast(coalesce(open_risks.open_risk_count, 0) as integer) as open_risk_count,
        cast(open_risks.days_open as integer) as days_open,
        cast(
            case open_risks.highest_level
                when 4 then 'executive_sponsor' when 3 then 'other_team' when 2 then 'team_lead'
                when 1 then 'owner'
            end as varchar
        ) as escalation_level,
        cast(acts.last_action as varchar) as last_action,
        acts.last_action_on
    from health
    inner join flagged on health.account_id = flagged.account_id
    left join first_teams
        on health.account_id = first_teams.account_id and first_teams.preference = 1
    left join open_risks on health.account_id = open_risks.account_id
    left join acts on health.account_id = acts.account_id and acts.recency = 1
)

select * from final
