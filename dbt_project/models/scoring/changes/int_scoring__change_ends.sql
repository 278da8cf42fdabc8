-- Both ends of a change, as known now: the scores of the date and of the one before, that one under the
-- scorecard of the date too, and what the indicators that count at both ends give alone.
{% set is_same %}
later.scorecard_id = earlier.scorecard_id and later.scorecard_version = earlier.scorecard_version
{%- endset %}
with previous_dates as (
    select * from {{ ref('int_scoring__change_dates') }}
),

later_scores as (
    select * from {{ ref('int_scoring__account_scores') }}
),

earlier_scores as (
    select * from {{ ref('int_scoring__account_scores') }}
),

later_sums as (
    select * from {{ ref('int_scoring__weighted_scores') }}
),

-- the date before under the scorecard of now, where that is not the one of then
remodelled as (
    select
        account_id,
        as_of_date,
        {{ point_sum() }} as point_sum,
        sum(counted_weight) as counted_weight
    from {{ ref('int_scoring__indicator_scores') }}
    where not is_own
    group by account_id, as_of_date
),

-- what counts at one end alone: few rows have any
alone as (
    select
        account_id,
        as_of_date,
        coalesce({{ point_sum(weight='later_weight', score='later_score') }}, 0) as later_points,
        coalesce(sum(later_weight), 0) as later_weight,
        coalesce({{ point_sum(weight='earlier_weight', score='earlier_score') }}, 0)
            as earlier_points,
        coalesce(sum(earlier_weight), 0) as earlier_weight
    from {{ ref('int_scoring__change_indicators') }}
    where not is_in_both
    group by account_id, as_of_date
),

alone_with_earlier_sums as (
    select
        alone.*,
        earlier_sums.point_sum as earlier_point_sum,
        earlier_sums.counted_weight as earlier_counted_weight
    from alone
    inner join {{ ref('int_scoring__change_dates') }} as dates_before
        on
            alone.account_id = dates_before.account_id
            and alone.as_of_date = dates_before.as_of_date
    inner join {{ ref('int_scoring__weighted_scores') }} as earlier_sums
        on
            alone.account_id = earlier_sums.account_id
            and dates_before.previous_as_of_date = earlier_sums.as_of_date
),

ends as (
    select
        previous_dates.account_id,
        previous_dates.as_of_date,
        previous_dates.previous_as_of_date,
        previous_dates.is_cadence,
        later.scorecard_id,
        later.scorecard_version,
        later.is_scored,
        later.unscored_reason,
        later.weighted_score,
        later.computed_score,
        later.score,
        later.knock_out_reason,
        later.override_id,
        earlier.scorecard_id as earlier_scorecard_id,
        earlier.scorecard_version as earlier_scorecard_version,
        earlier.is_scored as earlier_is_scored,
        earlier.unscored_reason as earlier_unscored_reason,
        earlier.weighted_score as earlier_weighted_score,
        earlier.computed_score as earlier_computed_score,
        earlier.score as earlier_score,
        earlier.knock_out_reason as earlier_knock_out_reason,
        earlier.override_id as earlier_override_id,
        -- where the scorecard of now finds nothing in the data of then, the model says nothing of them
        coalesce(
            case
                when not ({{ is_same }})
                    then {{ mean_of_sums('remodelled.point_sum', 'remodelled.counted_weight') }}
            end,
            earlier.weighted_score
        ) as remodelled_score,
        later_sums.counted_weight - coalesce(alone.later_weight, 0) as common_weight,
        alone.account_id is not null as has_some_alone,
        -- added up as decimals: what is left of a sum is the sum of the rest
        later_sums.point_sum - alone.later_points as later_common_points,
        case when {{ is_same }} then alone.earlier_point_sum else remodelled.point_sum end
        - alone.earlier_points as earlier_common_points,
        case when {{ is_same }} then alone.earlier_counted_weight else remodelled.counted_weight end
        - alone.earlier_weight as earlier_common_weight
    from previous_dates
    inner join later_scores as later
        on
            previous_dates.account_id = later.account_id
            and previous_dates.as_of_date = later.as_of_date
    inner join earlier_scores as earlier
        on
            previous_dates.account_id = earlier.account_id
            and previous_dates.previous_as_of_date = earlier.as_of_date
    inner join later_sums
        on
            previous_dates.account_id = later_sums.account_id
            and previous_dates.as_of_date = later_sums.as_of_date
    left join remodelled
        on
            previous_dates.account_id = remodelled.account_id
            and previous_dates.previous_as_of_date = remodelled.as_of_date
    left join alone_with_earlier_sums as alone
        on
            previous_dates.account_id = alone.account_id
            and previous_dates.as_of_date = alone.as_of_date
),

change_ends as (
    select
        account_id,
        as_of_date,
        previous_as_of_date,
        is_cadence,
        scorecard_id,
        scorecard_version,
        is_scored,
        unscored_reason,
        weighted_score,
        computed_score,
        score,
        knock_out_reason,
        override_id,
        earlier_scorecard_id,
        earlier_scorecard_version,
        earlier_is_scored,
        earlier_unscored_reason,
        earlier_weighted_score,
        earlier_computed_score,
        earlier_score,
        earlier_knock_out_reason,
        earlier_override_id,
        remodelled_score,
        case
            when has_some_alone then {{ mean_of_sums('later_common_points', 'common_weight') }}
            else weighted_score
        end as later_common_mean,
        case
            when has_some_alone
                then {{ mean_of_sums('earlier_common_points', 'earlier_common_weight') }}
            else remodelled_score
        end as earlier_common_mean,
        common_weight
    from ends
)

select * from change_ends
