with measured_now as (
    select * from {{ ref('int_actions__measured_now') }}
),

account_scores as (
    select * from {{ ref('int_scoring__account_scores') }}
),

dates as (
    select * from {{ ref('int_indicators__account_dates') }} where is_newest
),

indicators as (
    select * from {{ ref('indicators') }}
),

gains as (
    select * from {{ ref('int_actions__lever_gains') }}
),

-- what counts for the score, and what caps it without counting
levers as (
    select
        measured_now.*,
        dates.segment_id,
        account_scores.computed_score,
        account_scores.override_id,
        indicators.unit,
        next_tiers.shown_value as next_tier_value,
        next_tiers.is_reached_from_below,
        next_tiers.points as points_to_next_tier,
        next_tiers.points_after_caps as points_to_next_tier_after_caps,
        medians.shown_value as segment_median_value,
        medians.points as points_to_segment_median,
        medians.points_after_caps as points_to_segment_median_after_caps,
        case
            when
                measured_now.method in ('tiers', 'own_baseline')
                and measured_now.weight > 0
                then 'next_tier'
            else 'segment_median'
        end as target,
        next_tiers.blocked_by_knock_out as next_tier_blocked_by,
        medians.blocked_by_knock_out as median_blocked_by
    from measured_now
    inner join dates
        on
            measured_now.account_id = dates.account_id
            and measured_now.as_of_date = dates.as_of_date
    inner join account_scores
        on
            measured_now.account_id = account_scores.account_id
            and measured_now.as_of_date = account_scores.as_of_date
    inner join indicators on measured_now.indicator_id = indicators.indicator_id
    left join (select * from gains where target = 'next_tier') as next_tiers
        on
            measured_now.account_id = next_tiers.account_id
            and measured_now.indicator_id = next_tiers.indicator_id
    left join (select * from gains where target = 'segment_median') as medians
        on
            measured_now.account_id = medians.account_id
            and measured_now.indicator_id = medians.indicator_id
    where
        account_scores.is_scored
        and (measured_now.weight > 0 or medians.indicator_id is not null)
),

aimed as (
    select
        *,
        case target when 'next_tier' then next_tier_value else segment_median_value end
            as target_value,
        coalesce(
            case target when 'next_tier' then points_to_next_tier else points_to_segment_median end,
            0
        ) as lever_points_before_caps,
        coalesce(
            case target
                when 'next_tier' then points_to_next_tier_after_caps
                else points_to_segment_median_after_caps
            end,
            0
        ) as lever_points,
        case target when 'next_tier' then next_tier_blocked_by else median_blocked_by end
            as blocked_by_knock_out
    from levers
),

worded as (
    select
        *,
        {{ value_in_words('raw_value', 'unit') }} || ' now; '
        || case
            when target_value is null and target = 'next_tier' then 'no better tier'
            when target_value is null then 'at the median of the segment, or better'
            else
                case
                    when target = 'next_tier' and not is_reached_from_below then 'below ' else ''
                end
                || {{ value_in_words('target_value', 'unit') }}
                || case
                    when target = 'segment_median' then ', the median of the segment,'
                    when is_reached_from_below then ' and more'
                    else ''
                end
                || ' would add ' || {{ number_in_words('lever_points') }} || ' points'
                || case
                    when lever_points < lever_points_before_caps
                        then
                            ', ' || {{ number_in_words('lever_points_before_caps') }}
                            || ' without the cap ' || blocked_by_knock_out
                    else ''
                end
                || case
                    when override_id is not null then '; an override stands' else ''
                end
        end as lever_in_words,
        row_number() over (
            partition by account_id
            order by
                cast(lever_points as decimal(28, 9)) desc,
                cast(lever_points_before_caps as decimal(28, 9)) desc,
                indicator_id
        ) as lever_rank
    from aimed
),

final as (
    select
        cast(account_id as varchar) as account_id,
        cast(indicator_id as varchar) as indicator_id,
        as_of_date,
        cast(segment_id as varchar) as segment_id,
        cast(scorecard_id as varchar) as scorecard_id,
        cast(scorecard_version as integer) as scorecard_version,
        cast(module_id as varchar) as module_id,
        cast(lever_rank as integer) as rank,
        {{ to_double('lever_points') }} as lever_points,
        {{ to_double('raw_value') }} as raw_value,
        cast(unit as varchar) as unit,
        cast(method as varchar) as method,
        {{ to_double('indicator_score') }} as indicator_score,
        {{ to_double('case when weight > 0 then effective_weight else 0 end') }}
            as effective_weight,
        {{ to_double('next_tier_value') }} as next_tier_value,
        {{ to_double('points_to_next_tier') }} as points_to_next_tier,
        {{ to_double('points_to_next_tier_after_caps') }} as points_to_next_tier_after_caps,
        {{ to_double('segment_median_value') }} as segment_median_value,
        {{ to_double('points_to_segment_median') }} as points_to_segment_median,
        {{ to_double('points_to_segment_median_after_caps') }}
            as points_to_segment_median_after_caps,
        cast(blocked_by_knock_out as varchar) as blocked_by_knock_out,
        {{ to_double('computed_score') }} as computed_score,
        cast(override_id as varchar) as override_id,
        cast(lever_in_words as varchar) as lever_in_words
    from worded
)

select * from final
