-- Both ends of a change: the scores now and before, before as it was published and under the scorecard
-- of now, and what the indicators that count at both ends give alone.
with previous_dates as (
    select * from {{ ref('int_indicators__previous_dates') }}
),

later_scores as (
    select * from {{ ref('int_scoring__account_scores') }}
),

earlier_scores as (
    select * from {{ ref('int_scoring__account_scores') }}
),

later_sums as (
    select account_id, as_of_date, point_sum, counted_weight
    from {{ ref('int_scoring__weighted_scores') }}
),

earlier_sums as (
    select account_id, as_of_date, point_sum, counted_weight
    from {{ ref('int_scoring__weighted_scores') }}
),

-- where the scorecard of now is not that of then
remodelled_sums as (
    select
        account_id,
        as_of_date,
        {{ point_sum() }} as point_sum,
        sum(counted_weight) as counted_weight
    from {{ ref('int_scoring__indicator_scores') }}
    where not is_own
    group by account_id, as_of_date
),

published_before as (
    select * from {{ ref('int_scoring__change_published') }}
),

-- what counts at one end alone
alone as (
    select
        account_id,
        as_of_date,
        {{ point_sum(weight='later_weight', score='later_score') }} as later_points,
        sum(later_weight) as later_weight,
        {{ point_sum(weight='earlier_weight', score='earlier_score') }} as earlier_points,
        sum(earlier_weight) as earlier_weight
    from {{ ref('int_scoring__change_indicators') }}
    where not is_in_both
    group by account_id, as_of_date
),

ends as (
    select
        previous_dates.account_id,
        previous_dates.as_of_date,
        previous_dates.previous_as_of_date,
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
        coalesce(
            later.scorecard_id = earlier.scorecard_id
            and later.scorecard_version = earlier.scorecard_version,
            false
        ) as is_same_scorecard
    from previous_dates
    inner join later_scores as later
        on
            previous_dates.account_id = later.account_id
            and previous_dates.as_of_date = later.as_of_date
    inner join earlier_scores as earlier
        on
            previous_dates.account_id = earlier.account_id
            and previous_dates.previous_as_of_date = earlier.as_of_date
),

-- added up as decimals: what is left of a sum is the sum of the rest
with_sums as (
    select
        ends.*,
        published_before.account_id is not null as is_published,
        published_before.is_scored as is_scored_in_publication,
        published_before.score as score_in_publication,
        later_sums.point_sum as later_points,
        later_sums.counted_weight as later_weight,
        case
            when ends.is_same_scorecard then earlier_sums.point_sum
            else remodelled_sums.point_sum
        end as earlier_points,
        case
            when ends.is_same_scorecard then earlier_sums.counted_weight
            else remodelled_sums.counted_weight
        end as earlier_weight,
        coalesce(alone.later_points, 0) as later_points_alone,
        coalesce(alone.later_weight, 0) as later_weight_alone,
        coalesce(alone.earlier_points, 0) as earlier_points_alone,
        coalesce(alone.earlier_weight, 0) as earlier_weight_alone
    from ends
    left join later_sums
        on
            ends.account_id = later_sums.account_id
            and ends.as_of_date = later_sums.as_of_date
    left join earlier_sums
        on
            ends.account_id = earlier_sums.account_id
            and ends.previous_as_of_date = earlier_sums.as_of_date
    left join remodelled_sums
        on
            ends.account_id = remodelled_sums.account_id
            and ends.previous_as_of_date = remodelled_sums.as_of_date
    left join alone
        on
            ends.account_id = alone.account_id
            and ends.as_of_date = alone.as_of_date
    left join published_before
        on
            ends.account_id = published_before.account_id
            and ends.as_of_date = published_before.as_of_date
),

change_ends as (
    select
        account_id,
        as_of_date,
        previous_as_of_date,
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
        coalesce(is_scored_in_publication, earlier_is_scored) as published_is_scored,
        case when is_published then score_in_publication else earlier_score end as published_score,
        -- where the scorecard of now finds nothing in the data of then, the model says nothing of them
        coalesce(
            {{ mean_of_sums('earlier_points', 'earlier_weight') }}, earlier_weighted_score
        ) as remodelled_score,
        {{ mean_of_sums('later_points', 'later_weight') }} as later_mean,
        {{ mean_of_sums(
            '(later_points - later_points_alone)', '(later_weight - later_weight_alone)'
        ) }} as later_common_mean,
        {{ mean_of_sums(
            '(earlier_points - earlier_points_alone)', '(earlier_weight - earlier_weight_alone)'
        ) }} as earlier_common_mean,
        later_weight - later_weight_alone as common_weight
    from with_sums
)

select * from change_ends
