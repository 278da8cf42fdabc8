-- The points that a better value would add to the account's score: before caps, and after those that
-- would apply then. A knock-out on the indicator itself is judged by the better value.
with targets as (
    select
        lever_targets.*,
        measured_now.indicator_score,
        measured_now.effective_weight
    from {{ ref('int_actions__lever_targets') }} as lever_targets
    inner join {{ ref('int_actions__measured_now') }} as measured_now
        on
            lever_targets.account_id = measured_now.account_id
            and lever_targets.as_of_date = measured_now.as_of_date
            and lever_targets.indicator_id = measured_now.indicator_id
),

account_scores as (
    select * from {{ ref('int_scoring__account_scores') }}
),

dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

knock_outs as (
    select * from {{ ref('knock_outs') }}
),

measured as (
    select * from {{ ref('int_indicators__measurements') }} where status = 'measured'
),

weighted as (
    select
        targets.*,
        account_scores.scorecard_id,
        account_scores.scorecard_version,
        account_scores.weighted_score,
        account_scores.computed_score,
        account_scores.weighted_score + coalesce(
            targets.effective_weight * (targets.target_score - targets.indicator_score) / 100, 0
        ) as weighted_score_then,
        dates.days_to_renewal
    from targets
    inner join account_scores
        on
            targets.account_id = account_scores.account_id
            and targets.as_of_date = account_scores.as_of_date
    inner join dates
        on
            targets.account_id = dates.account_id
            and targets.as_of_date = dates.as_of_date
    where account_scores.is_scored
),

valued_knock_outs as (
    select
        weighted.account_id,
        weighted.indicator_id,
        weighted.target,
        weighted.weighted_score_then,
        weighted.days_to_renewal,
        knock_outs.knock_out_id,
        knock_outs.operator,
        knock_outs.threshold,
        knock_outs.max_days_to_renewal,
        {{ to_double('knock_outs.cap') }} as cap,
        case
            when knock_outs.indicator_id = weighted.indicator_id then weighted.target_value
            else measured.raw_value
        end as value_then
    from weighted
    inner join knock_outs
        on
            weighted.scorecard_id = knock_outs.scorecard_id
            and weighted.scorecard_version = knock_outs.version
    inner join measured
        on
            weighted.account_id = measured.account_id
            and weighted.as_of_date = measured.as_of_date
            and knock_outs.indicator_id = measured.indicator_id
),

caps_then as (
    select
        valued_knock_outs.*,
        row_number() over (
            partition by
                valued_knock_outs.account_id,
                valued_knock_outs.indicator_id,
                valued_knock_outs.target
            order by valued_knock_outs.cap, valued_knock_outs.knock_out_id
        ) as cap_order
    from valued_knock_outs
    where
        {{ knock_out_applies(
            'valued_knock_outs.value_then', 'valued_knock_outs', 'valued_knock_outs.days_to_renewal'
        ) }}
        and valued_knock_outs.cap < valued_knock_outs.weighted_score_then
),

lever_gains as (
    select
        weighted.account_id,
        weighted.as_of_date,
        weighted.indicator_id,
        weighted.target,
        weighted.target_value,
        weighted.shown_value,
        weighted.is_reached_from_below,
        weighted.target_score,
        weighted.weighted_score_then - weighted.weighted_score as points,
        coalesce(caps_then.cap, weighted.weighted_score_then) - weighted.computed_score
            as points_after_caps,
        caps_then.knock_out_id as blocked_by_knock_out
    from weighted
    left join caps_then
        on
            weighted.account_id = caps_then.account_id
            and weighted.indicator_id = caps_then.indicator_id
            and weighted.target = caps_then.target
            and caps_then.cap_order = 1
)

select * from lever_gains
