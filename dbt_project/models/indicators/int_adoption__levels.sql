-- Use in the last complete ISO week and in the one before, beside the account's own earlier level.
{% set sums = ['active_user_count', 'action_count', 'active_minutes', 'usage_level'] %}
with dates as (
    select
        account_id,
        as_of_date,
        {{ last_week_ends_on('as_of_date') }} as week_ends_on
    from ({{ asked_dates('adoption') }}) as asked
),

own_levels as (
    select * from {{ ref('int_adoption__own_levels') }}
),

-- What is known at once, and stays, is one row per account and week. What came later, or no longer
-- stands, is little: it meets the dates one by one.
{% for name, condition in [
    ('known_at_once', 'weeks.counts_until is null and weeks.counts_from = weeks.week_ends_on'),
    ('not_at_once', 'weeks.counts_until is not null or weeks.counts_from > weeks.week_ends_on'),
] -%}
{{ name }} as (
    select
        weeks.*,
        {{ usage_level('weeks', 'company') }} as usage_level
    from {{ ref('int_activity__usage_weeks') }} as weeks
    cross join {{ source('config', 'company') }} as company
    where
        ({{ condition }})
        and weeks.week_ends_on >= (select {{ add_days('min(week_ends_on)', -7) }} from dates)
),

{% endfor -%}
both_weeks as (
    select account_id, as_of_date, week_ends_on, true as is_current from dates
    union all
    select
        account_id,
        as_of_date,
        {{ add_days('week_ends_on', -7) }} as week_ends_on,
        false as is_current
    from dates
),

known_later as (
    select
        both_weeks.account_id,
        both_weeks.as_of_date
        {%- for column in sums %},
        sum(case when both_weeks.is_current then not_at_once.{{ column }} end) as {{ column }}
        {%- endfor %},
        max(case when both_weeks.is_current then not_at_once.reported_user_count end)
            as reported_user_count,
        sum(case when not both_weeks.is_current then not_at_once.usage_level end)
            as previous_usage_level
    from both_weeks
    inner join not_at_once
        on
            both_weeks.account_id = not_at_once.account_id
            and both_weeks.week_ends_on = not_at_once.week_ends_on
            and {{ counts_on('not_at_once', 'both_weeks.as_of_date') }}
    group by both_weeks.account_id, both_weeks.as_of_date
),

levels as (
    select
        dates.account_id,
        dates.as_of_date,
        -- aggregates that only state a number of users: the highest of the week, whenever known
        cast(
            coalesce(current_weeks.active_user_count, 0)
            + coalesce(known_later.active_user_count, 0)
            + greatest(
                coalesce(current_weeks.reported_user_count, 0),
                coalesce(known_later.reported_user_count, 0)
            ) as integer
        ) as active_user_count
        {%- for column in sums[1:] %},
        {{ sum_of_week(
            "coalesce(current_weeks." ~ column ~ ", 0) + coalesce(known_later." ~ column ~ ", 0)"
        ) }} as {{ column }}
        {%- endfor %},
        {{ sum_of_week(
            "coalesce(previous_weeks.usage_level, 0)"
            ~ " + coalesce(known_later.previous_usage_level, 0)"
        ) }} as previous_usage_level,
        own_levels.baseline_level,
        own_levels.baseline_deviation
    from dates
    inner join own_levels
        on dates.account_id = own_levels.account_id and dates.as_of_date = own_levels.as_of_date
    left join known_at_once as current_weeks
        on
            dates.account_id = current_weeks.account_id
            and dates.week_ends_on = current_weeks.week_ends_on
    left join known_at_once as previous_weeks
        on
            dates.account_id = previous_weeks.account_id
            and {{ add_days('dates.week_ends_on', -7) }} = previous_weeks.week_ends_on
    left join known_later
        on
            dates.account_id = known_later.account_id
            and dates.as_of_date = known_later.as_of_date
)

select * from levels
