-- Both ends of a change: the scores now and before, before as it was published and under the scorecard
-- of now, and what the indicators that count at both ends give alone.
with previous_dates as (
    select * from {{ ref('int_indicators__previous_dates') }}
),

account_scores as (
    select * from {{ ref('int_scoring__account_scores') }}
),

published_before as (
    select * from {{ ref('int_scoring__change_published') }}
),

means as (
    select
        account_id,
        as_of_date,
        {{ weighted_mean(weight='later_weight', score='later_score') }} as later_mean,
        {{ weighted_mean(weight='earlier_weight', score='earlier_score') }} as earlier_mean,
        {{ weighted_mean('is_in_both', 'later_weight', 'later_score') }} as later_common_mean,
        {{ weighted_mean('is_in_both', 'earlier_weight', 'earlier_score') }} as earlier_common_mean,
        sum(later_weight) filter (where is_in_both) as common_weight
    from {{ ref('int_scoring__change_indicators') }}
    group by account_id, as_of_date
),

change_ends as (
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
        coalesce(published_before.is_scored, earlier.is_scored) as published_is_scored,
        case when published_before.account_id is null then earlier.score
            else published_before.score
        end as published_score,
        -- where the scorecard of now finds nothing in the data of then, the model says nothing of them
        coalesce(means.earlier_mean, earlier.weighted_score) as remodelled_score,
        means.later_mean,
        means.later_common_mean,
        means.earlier_common_mean,
        means.common_weight
    from previous_dates
    inner join account_scores as later
        on
            previous_dates.account_id = later.account_id
            and previous_dates.as_of_date = later.as_of_date
    inner join account_scores as earlier
        on
            previous_dates.account_id = earlier.account_id
            and previous_dates.previous_as_of_date = earlier.as_of_date
    left join means
        on
            previous_dates.account_id = means.account_id
            and previous_dates.as_of_date = means.as_of_date
    left join published_before
        on
            previous_dates.account_id = published_before.account_id
            and previous_dates.as_of_date = published_before.as_of_date
)

select * from change_ends
