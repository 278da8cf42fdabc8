-- The steps of a value on the newest date: its tiers, and where two sets of tiers count (own
-- baseline), both cut into one, for the lower score of the two counts. Bounds are in the value's unit.
with dates as (
    select * from {{ ref('int_indicators__account_dates') }} where is_newest
),

stepped as (
    select
        measured_now.account_id,
        measured_now.as_of_date,
        measured_now.indicator_id,
        measured_now.scorecard_id,
        measured_now.scorecard_version,
        measured_now.method,
        measured_now.baseline_value,
        {{ comparable('measured_now.raw_value') }} as tier_value,
        case
            when measured_now.method = 'own_baseline'
                then {{ share_of_baseline(
                    'measured_now.raw_value', 'measured_now.baseline_value'
                ) }}
        end as baseline_ratio
    from {{ ref('int_actions__measured_now') }} as measured_now
    inner join dates
        on
            measured_now.account_id = dates.account_id
            and measured_now.as_of_date = dates.as_of_date
    where
        measured_now.weight > 0
        and measured_now.method in ('tiers', 'own_baseline')
),

tiers as (
    select * from {{ ref('int_scoring__tiers') }}
),

value_tiers as (
    select
        stepped.*,
        tiers.lower_bound,
        tiers.upper_bound,
        tiers.tier_score,
        {{ is_in_tier('stepped.tier_value', 'tiers') }} as is_current
    from stepped
    inner join tiers
        on
            stepped.scorecard_id = tiers.scorecard_id
            and stepped.scorecard_version = tiers.scorecard_version
            and stepped.indicator_id = tiers.indicator_id
    where tiers.tier_set = 'value'
),

ratio_tiers as (
    select
        stepped.account_id,
        stepped.indicator_id,
        {{ comparable('tiers.lower_bound * stepped.baseline_value') }} as lower_bound,
        {{ comparable('tiers.upper_bound * stepped.baseline_value') }} as upper_bound,
        tiers.tier_score,
        {{ is_in_tier('stepped.baseline_ratio', 'tiers') }} as is_current
    from stepped
    inner join tiers
        on
            stepped.scorecard_id = tiers.scorecard_id
            and stepped.scorecard_version = tiers.scorecard_version
            and stepped.indicator_id = tiers.indicator_id
    where tiers.tier_set = 'baseline_ratio' and stepped.baseline_ratio is not null
),

-- greatest() and least() skip a bound that is null, which is none
crossed as (
    select
        value_tiers.account_id,
        value_tiers.as_of_date,
        value_tiers.indicator_id,
        greatest(value_tiers.lower_bound, ratio_tiers.lower_bound) as lower_bound,
        least(value_tiers.upper_bound, ratio_tiers.upper_bound) as upper_bound,
        {{ to_double('least(value_tiers.tier_score, ratio_tiers.tier_score)') }} as step_score,
        value_tiers.is_current and coalesce(ratio_tiers.is_current, true) as is_current
    from value_tiers
    left join ratio_tiers
        on
            value_tiers.account_id = ratio_tiers.account_id
            and value_tiers.indicator_id = ratio_tiers.indicator_id
),

lever_steps as (
    select
        account_id,
        as_of_date,
        indicator_id,
        {{ comparable('lower_bound') }} as lower_bound,
        {{ comparable('upper_bound') }} as upper_bound,
        step_score,
        is_current,
        row_number() over (
            partition by account_id, indicator_id
            order by lower_bound nulls first, upper_bound nulls last
        ) as step_order
    from crossed
    where is_current or coalesce(lower_bound < upper_bound, true)
)

select * from lever_steps
