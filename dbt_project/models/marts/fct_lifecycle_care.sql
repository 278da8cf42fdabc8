-- Is value delivered along the whole way, or only at its ends?
with rollup_accounts as (
    select * from {{ ref('int_rollups__accounts') }}
    {{ where_in_this_build() }}
),

collected_dates as (
    select as_of_date
    from {{ ref('int_indicators__recorded_on') }}
    where fact = 'interactions'
),

-- a meeting that was held without a time of its own was held when it was planned
interactions as (
    select
        *,
        cast(coalesce(
            occurred_at, case when outcome = 'held' then planned_at end
        ) as date) as met_on
    from {{ ref('stg_interactions') }}
    where coalesce(outcome not in ('declined', 'no_answer', 'cancelled'), true)
),

-- of the date that the account's stage is of, at most a period ago
open_risks as (
    select
        account_id,
        as_of_date,
        sum(open_cta_count) as open_cta_count
    from {{ ref('fct_module_scores') }}
    where as_of_date >= {{ add_days(
        '(select min(as_of_date) from ' ~ ref('int_accounts__calendar') ~ ')', -furthest_back(0)
    ) }}
    group by account_id, as_of_date
),

met as (
    select
        rollup_accounts.account_id,
        rollup_accounts.as_of_date,
        count(*) as interaction_count,
        count(*) filter (where interactions.is_two_way) as two_way_count
    from rollup_accounts
    inner join interactions
        on
            rollup_accounts.account_id = interactions.account_id
            and {{ is_known('interactions', 'rollup_accounts.as_of_date') }}
            and {{ in_last_days('interactions.met_on', 'rollup_accounts.as_of_date', 90) }}
    group by rollup_accounts.account_id, rollup_accounts.as_of_date
),

counted as (
    select
        rollup_accounts.as_of_date,
        rollup_accounts.segment_id,
        coalesce(rollup_accounts.lifecycle_stage, 'unknown') as lifecycle_stage,
        count(*) as account_count,
        count(met.account_id) filter (where met.two_way_count > 0) as two_way_account_count,
        coalesce(sum(met.interaction_count), 0) as interaction_count,
        coalesce(sum(open_risks.open_cta_count), 0) as open_risk_count
    from rollup_accounts
    left join met
        on
            rollup_accounts.account_id = met.account_id
            and rollup_accounts.as_of_date = met.as_of_date
    left join open_risks
        on
            rollup_accounts.account_id = open_risks.account_id
            and rollup_accounts.scored_on = open_risks.as_of_date
    group by
        rollup_accounts.as_of_date,
        rollup_accounts.segment_id,
        coalesce(rollup_accounts.lifecycle_stage, 'unknown')
),

-- before the first date for which an interaction counts they are not collected, which is not none
final as (
    select
        counted.as_of_date,
        cast(counted.segment_id as varchar) as segment_id,
        cast(counted.lifecycle_stage as varchar) as lifecycle_stage,
        cast(counted.account_count as integer) as account_count,
        cast(
            case when collected_dates.as_of_date is not null then counted.two_way_account_count end
            as integer
        ) as two_way_account_count_90d,
        cast(
            case when collected_dates.as_of_date is not null then counted.interaction_count end
            as integer
        ) as interaction_count_90d,
        cast(counted.open_risk_count as integer) as open_risk_cta_count
    from counted
    left join collected_dates on counted.as_of_date = collected_dates.as_of_date
)

select * from final
