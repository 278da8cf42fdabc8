-- The dates on which an account is scored, each with the one scorecard that judges it.
with accounts_as_of as (
    select * from {{ ref('int_accounts__as_of') }}
),

calendar as (
    select * from {{ ref('int_accounts__calendar') }}
),

account_segments as (
    select * from {{ ref('int_accounts__segments') }}
),

segments as (
    select * from {{ ref('segments') }}
),

milestones as (
    select
        accounts_as_of.account_id,
        accounts_as_of.as_of_date,
        bool_and(coalesce(milestones.completed_on <= accounts_as_of.as_of_date, false))
            as is_onboarded
    from accounts_as_of
    inner join {{ ref('stg_onboarding_milestones') }} as milestones
        on
            accounts_as_of.account_id = milestones.account_id
            and {{ is_known('milestones', 'accounts_as_of.as_of_date') }}
    group by accounts_as_of.account_id, accounts_as_of.as_of_date
),

first_use as (
    select
        account_id,
        min(counts_from) as first_used_on
    from {{ ref('int_activity__usage_days') }}
    where action_count > 0
    group by account_id
),

active_users as (
    select distinct
        accounts_as_of.account_id,
        accounts_as_of.as_of_date
    from accounts_as_of
    inner join {{ ref('stg_users') }} as users
        on
            accounts_as_of.account_id = users.account_id
            and {{ is_known('users', 'accounts_as_of.as_of_date') }}
    where
        coalesce(cast(users.created_at as date) <= accounts_as_of.as_of_date, true)
        -- the state flag beats the date; without one, or inactive, the date says until when
        and (
            coalesce(users.is_active, false)
            or (
                coalesce(cast(users.deactivated_at as date) > accounts_as_of.as_of_date, true)
                and coalesce(users.is_active or users.deactivated_at is not null, true)
            )
        )
),

scorecard_versions as (
    select
        *,
        lead(valid_from) over (partition by scorecard_id order by valid_from) as valid_until
    from {{ ref('scorecards') }}
),

staged as (
    select
        accounts_as_of.*,
        account_segments.segment_id,
        {{ days_between('accounts_as_of.created_on', 'accounts_as_of.as_of_date') }}
            as account_age_days,
        {{ days_between('accounts_as_of.as_of_date', 'accounts_as_of.contract_ends_on') }}
            as days_to_renewal,
        (
            accounts_as_of.has_subscription_in_force
            or active_users.account_id is not null
            or coalesce(first_use.first_used_on <= accounts_as_of.as_of_date, false)
        ) as is_observed,
        coalesce(milestones.is_onboarded, false) as is_onboarded
    from accounts_as_of
    inner join account_segments
        on
            accounts_as_of.account_id = account_segments.account_id
            and accounts_as_of.as_of_date = account_segments.as_of_date
    left join active_users
        on
            accounts_as_of.account_id = active_users.account_id
            and accounts_as_of.as_of_date = active_users.as_of_date
    left join first_use on accounts_as_of.account_id = first_use.account_id
    left join milestones
        on
            accounts_as_of.account_id = milestones.account_id
            and accounts_as_of.as_of_date = milestones.as_of_date
),

in_stage as (
    select
        staged.*,
        case
            when
                coalesce(staged.account_age_days < segments.onboarding_days, false)
                and not staged.is_onboarded
                then 'onboarding'
            when coalesce(staged.days_to_renewal <= segments.renewal_days, false) then 'renewal'
            else 'adoption'
        end as lifecycle_stage
    from staged
    inner join segments on staged.segment_id = segments.segment_id
),

stages as (
    {%- for stage in ['onboarding', 'adoption', 'renewal'] %}
    select '{{ stage }}' as lifecycle_stage{{ " union all" if not loop.last }}
    {%- endfor %}
),

-- the scorecard of the exact stage beats the one of none
judges as (
    select
        calendar.as_of_date,
        stages.lifecycle_stage,
        scorecard_versions.segment_id,
        scorecard_versions.scorecard_id,
        scorecard_versions.version as scorecard_version,
        case scorecard_versions.cadence
            when 'daily' then calendar.is_daily
            when 'weekly' then calendar.is_weekly
            when 'monthly' then calendar.is_monthly
            else calendar.is_quarterly
        end as is_cadence,
        row_number() over (
            partition by
                calendar.as_of_date, stages.lifecycle_stage, scorecard_versions.segment_id
            order by scorecard_versions.lifecycle_stage nulls last
        ) as preference
    from calendar
    cross join stages
    inner join scorecard_versions
        on
            coalesce(scorecard_versions.lifecycle_stage, stages.lifecycle_stage)
            = stages.lifecycle_stage
            and scorecard_versions.valid_from <= calendar.as_of_date
            and (
                scorecard_versions.valid_until is null
                or calendar.as_of_date < scorecard_versions.valid_until
            )
),

account_dates as (
    select
        in_stage.account_id,
        in_stage.as_of_date,
        judges.is_cadence,
        in_stage.is_newest,
        in_stage.segment_id,
        in_stage.lifecycle_stage,
        judges.scorecard_id,
        judges.scorecard_version,
        in_stage.created_on,
        in_stage.account_age_days,
        in_stage.has_subscription_in_force,
        in_stage.is_observed,
        in_stage.seats,
        in_stage.units,
        in_stage.employee_count,
        in_stage.yearly_value_amount,
        in_stage.is_rate_missing,
        in_stage.currency,
        in_stage.days_to_renewal,
        in_stage.csm_id,
        in_stage.parent_account_id,
        in_stage.customer_type,
        in_stage.industry,
        in_stage.region,
        in_stage.is_key_account
    from in_stage
    inner join judges
        on
            in_stage.as_of_date = judges.as_of_date
            and in_stage.segment_id = judges.segment_id
            and in_stage.lifecycle_stage = judges.lifecycle_stage
            and judges.preference = 1
    where
        (judges.is_cadence or in_stage.is_newest)
        {%- if target.name == 'dev' and var('sample_accounts', 0) | int > 0 %}
        -- in dev: some accounts, always the same
        and in_stage.account_id in (
            select account_id
            from (select account_id, row_number() over (order by md5(account_id)) as place
                from (select distinct account_id from in_stage) as accounts) as sampled
            where place <= {{ var('sample_accounts') | int }}
        )
        {%- endif %}
)

select * from account_dates
