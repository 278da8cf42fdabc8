-- What a better value would score: the nearest step that is better, and the median of the segment.
-- Of an indicator that has no weight but caps the score, the median: it may lift the cap.
with dates as (
    select * from {{ ref('int_indicators__account_dates') }} where is_newest
),

indicators as (
    select * from {{ ref('indicators') }}
),

lever_steps as (
    select * from {{ ref('int_actions__lever_steps') }}
),

measured as (
    select
        measured_now.*,
        {{ comparable('measured_now.raw_value') }} as tier_value,
        dates.segment_id,
        indicators.direction
    from {{ ref('int_actions__measured_now') }} as measured_now
    inner join dates
        on
            measured_now.account_id = dates.account_id
            and measured_now.as_of_date = dates.as_of_date
    inner join indicators on measured_now.indicator_id = indicators.indicator_id
),

medians as (
    select
        segment_id,
        indicator_id,
        percentile_cont(0.5) within group (order by raw_value) as median_value
    from measured
    group by segment_id, indicator_id
),

-- how many of the percentile's population lie below the median, and on it
places as (
    select
        measured.scorecard_id,
        measured.scorecard_version,
        measured.indicator_id,
        count(*) filter (where measured.tier_value < {{ comparable('medians.median_value') }})
            as lower_count,
        count(*) filter (where measured.tier_value = {{ comparable('medians.median_value') }})
            as equal_count
    from measured
    inner join medians
        on
            measured.segment_id = medians.segment_id
            and measured.indicator_id = medians.indicator_id
    where measured.stated_method = 'percentile'
    group by measured.scorecard_id, measured.scorecard_version, measured.indicator_id
),

-- an inner join first: an outer one with more than equalities is a nested loop on DuckDB
steps_at_median as (
    select
        measured.account_id,
        measured.indicator_id,
        lever_steps.step_score
    from measured
    inner join medians
        on
            measured.segment_id = medians.segment_id
            and measured.indicator_id = medians.indicator_id
    inner join lever_steps
        on
            measured.account_id = lever_steps.account_id
            and measured.indicator_id = lever_steps.indicator_id
            and {{ is_in_tier(comparable('medians.median_value'), 'lever_steps') }}
),

at_median as (
    select
        measured.account_id,
        measured.as_of_date,
        measured.indicator_id,
        measured.method,
        measured.weight,
        measured.indicator_score,
        medians.median_value,
        case
            when measured.method = 'linear' then {{ linear_score(
                'medians.median_value', 'measured.linear_worst', 'measured.linear_best'
            ) }}
            -- at the median the account itself is no longer where it is
            when measured.method = 'percentile' then {{ percentile_score(
                '(places.lower_count - case when measured.tier_value < '
                ~ comparable('medians.median_value') ~ ' then 1 else 0 end)',
                '(places.equal_count - case when measured.tier_value = '
                ~ comparable('medians.median_value') ~ ' then 1 else 0 end)',
                'measured.population',
                'measured.direction'
            ) }}
            else steps_at_median.step_score
        end as median_score
    from measured
    inner join medians
        on
            measured.segment_id = medians.segment_id
            and measured.indicator_id = medians.indicator_id
    left join places
        on
            measured.scorecard_id = places.scorecard_id
            and measured.scorecard_version = places.scorecard_version
            and measured.indicator_id = places.indicator_id
    left join steps_at_median
        on
            measured.account_id = steps_at_median.account_id
            and measured.indicator_id = steps_at_median.indicator_id
),

binding_caps as (
    select * from {{ ref('int_scoring__knock_outs') }}
),

medians_aimed_at as (
    select
        at_median.account_id,
        at_median.as_of_date,
        at_median.indicator_id,
        'segment_median' as target,
        at_median.median_value as target_value,
        at_median.median_value as shown_value,
        true as is_reached_from_below,
        at_median.median_score as target_score
    from at_median
    left join binding_caps
        on
            at_median.account_id = binding_caps.account_id
            and at_median.as_of_date = binding_caps.as_of_date
            and at_median.indicator_id = binding_caps.indicator_id
    where
        (at_median.weight > 0 and at_median.median_score > at_median.indicator_score)
        or (binding_caps.indicator_id is not null and coalesce(at_median.weight, 0) = 0)
),

steps_aimed_at as (
    select
        better.account_id,
        better.as_of_date,
        better.indicator_id,
        'next_tier' as target,
        -- below a bound: the nearest value that values are compared at
        case
            when better.step_order > current_steps.step_order then better.lower_bound
            else better.upper_bound - 0.000000001
        end as target_value,
        case
            when better.step_order > current_steps.step_order then better.lower_bound
            else better.upper_bound
        end as shown_value,
        better.step_order > current_steps.step_order as is_reached_from_below,
        better.step_score as target_score,
        row_number() over (
            partition by better.account_id, better.indicator_id
            order by
                abs(better.step_order - current_steps.step_order),
                better.step_score desc,
                better.step_order desc
        ) as nearness
    from lever_steps as better
    inner join lever_steps as current_steps
        on
            better.account_id = current_steps.account_id
            and better.indicator_id = current_steps.indicator_id
            and current_steps.is_current
    where better.step_score > current_steps.step_score
),

better_steps as (
    select * from steps_aimed_at where nearness = 1
),

lever_targets as (
    {%- for aims in ['better_steps', 'medians_aimed_at'] %}
    select
        account_id,
        as_of_date,
        indicator_id,
        target,
        {{ to_double('target_value') }} as target_value,
        {{ to_double('shown_value') }} as shown_value,
        is_reached_from_below,
        {{ to_double('target_score') }} as target_score
    from {{ aims }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
)

select * from lever_targets
