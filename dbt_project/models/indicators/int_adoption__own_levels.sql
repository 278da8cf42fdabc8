-- The account's own level of use: the median of its complete weeks 5 to 13 back, where it has at
-- least five of them, and the median distance of these weeks from it.
{% set weeks_back = range(4, 13) %}
with dates as (
    {{ asked_dates('adoption') }}
),

old_enough as (
    select * from {{ ref('int_adoption__complete_weeks') }}
    where week_count >= {{ weeks_back[0] + 5 }}
),

bounds as (
    select
        {{ add_days('min(week_ends_on)', -7 * weeks_back[-1]) }} as first_on,
        max(week_ends_on) as last_on
    from old_enough
),

usage_weeks as (
    select
        weeks.*,
        {{ usage_level('weeks', 'company') }} as usage_level,
        -- what is known four weeks later, and stays, is the same for every date that looks back at it
        (
            weeks.counts_until is null
            and weeks.counts_from <= {{ add_days('weeks.week_ends_on', 28) }}
        ) as is_settled
    from {{ ref('int_activity__usage_weeks') }} as weeks
    cross join {{ source('config', 'company') }} as company
    where weeks.week_ends_on >= (select first_on from bounds)
),

all_weeks as (
    {{ week_spine('bounds', 'first_on', 'last_on') }}
),

account_weeks as (
    select
        accounts.account_id,
        all_weeks.week_ends_on
    from (select distinct account_id from old_enough) as accounts
    cross join all_weeks
),

settled as (
    select
        account_id,
        week_ends_on,
        {{ to_double('sum(usage_level)') }} as usage_level
    from usage_weeks
    where is_settled
    group by account_id, week_ends_on
),

looking_back as (
    select
        account_weeks.account_id,
        account_weeks.week_ends_on
        {%- for weeks in weeks_back %},
        lag(settled.usage_level, {{ weeks }}) over by_week as level_{{ weeks }}
        {%- endfor %}
    from account_weeks
    left join settled
        on
            account_weeks.account_id = settled.account_id
            and account_weeks.week_ends_on = settled.week_ends_on
    window by_week as (
        partition by account_weeks.account_id order by account_weeks.week_ends_on
    )
),

-- the rest is little: it meets the dates one by one
unsettled as (
    select
        old_enough.account_id,
        old_enough.as_of_date
        {%- for weeks in weeks_back %},
        {{ to_double("sum(case
            when usage_weeks.week_ends_on = "
                ~ add_days('old_enough.week_ends_on', -7 * weeks) ~ "
                then usage_weeks.usage_level
        end)") }} as level_{{ weeks }}
        {%- endfor %}
    from old_enough
    inner join usage_weeks
        on
            old_enough.account_id = usage_weeks.account_id
            and usage_weeks.week_ends_on
            between {{ add_days('old_enough.week_ends_on', -7 * weeks_back[-1]) }}
            and {{ add_days('old_enough.week_ends_on', -7 * weeks_back[0]) }}
            and {{ counts_on('usage_weeks', 'old_enough.as_of_date') }}
    where not usage_weeks.is_settled
    group by old_enough.account_id, old_enough.as_of_date
),

earlier_levels as (
    select
        old_enough.account_id,
        old_enough.as_of_date
        {%- for weeks in weeks_back %},
        case
            when old_enough.week_count > {{ weeks }}
                then
                    {{ sum_of_week(
                        "coalesce(looking_back.level_" ~ weeks ~ ", 0)"
                        ~ " + coalesce(unsettled.level_" ~ weeks ~ ", 0)"
                    ) }}
        end as level_{{ weeks }}
        {%- endfor %}
    from old_enough
    inner join looking_back
        on
            old_enough.account_id = looking_back.account_id
            and old_enough.week_ends_on = looking_back.week_ends_on
    left join unsettled
        on
            old_enough.account_id = unsettled.account_id
            and old_enough.as_of_date = unsettled.as_of_date
),

{% set levels = [] -%}
{% set distances = [] -%}
{% for weeks in weeks_back -%}
    {% do levels.append('level_' ~ weeks) -%}
    {% do distances.append('abs(level_' ~ weeks ~ ' - baseline_level)') -%}
{% endfor -%}
medians as (
    select
        *,
        {{ median_of(levels) }} as baseline_level
    from earlier_levels
),

baselines as (
    select
        account_id,
        as_of_date,
        baseline_level,
        {{ median_of(distances) }} as baseline_deviation
    from medians
    where baseline_level > 0
),

own_levels as (
    select
        dates.account_id,
        dates.as_of_date,
        baselines.baseline_level,
        baselines.baseline_deviation
    from dates
    left join baselines
        on dates.account_id = baselines.account_id and dates.as_of_date = baselines.as_of_date
)

select * from own_levels
