-- What moved the value-weighted scores of a roll-up over 28 and 91 days: accounts that were scored on
-- both dates, those that joined them and those that left. Each part is computed by its own rule.
{% set measures = ['score', 'fair_score'] %}
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }} where not is_before
),

as_of_dates as (
    select as_of_date from {{ ref('int_accounts__as_of_dates') }}
),

-- the dates follow the shortest cadence of the company
cadence as (
    select min({{ period_days('cadence') }}) as period_days from {{ ref('scorecards') }}
),

lookbacks as (
    select 28 as days
    union all
    select 91 as days
),

dates as (
    select
        calendar.as_of_date,
        lookbacks.days,
        max(as_of_dates.as_of_date) as compared_on
    from calendar
    cross join lookbacks
    cross join cadence
    inner join as_of_dates
        on
            as_of_dates.as_of_date <= {{ add_days('calendar.as_of_date', '-lookbacks.days') }}
            and as_of_dates.as_of_date >= {{ add_days(
                'calendar.as_of_date', '-lookbacks.days - cadence.period_days'
            ) }}
    group by calendar.as_of_date, lookbacks.days
),

members as (
    select * from {{ ref('int_rollups__members') }}
),

now_scored as (
    select
        dates.days,
        dates.compared_on,
        members.*
    from dates
    inner join members on dates.as_of_date = members.as_of_date
    where members.is_scored
),

then_scored as (
    select
        dates.days,
        dates.compared_on,
        dates.as_of_date as seen_from,
        members.rollup_kind,
        members.rollup_id,
        members.account_id,
        members.weight,
        members.score,
        members.fair_score
    from dates
    inner join members on dates.compared_on = members.as_of_date
    where members.is_scored
),

paired as (
    select
        coalesce(now_scored.as_of_date, then_scored.seen_from) as as_of_date,
        coalesce(now_scored.days, then_scored.days) as days,
        coalesce(now_scored.compared_on, then_scored.compared_on) as compared_on,
        coalesce(now_scored.rollup_kind, then_scored.rollup_kind) as rollup_kind,
        coalesce(now_scored.rollup_id, then_scored.rollup_id) as rollup_id,
        now_scored.account_id as now_account_id,
        then_scored.account_id as then_account_id,
        now_scored.weight as now_weight,
        then_scored.weight as then_weight
        {%- for measure in measures %},
        now_scored.{{ measure }} as now_{{ measure }},
        then_scored.{{ measure }} as then_{{ measure }}
        {%- endfor %}
    from now_scored
    full outer join then_scored
        on
            now_scored.as_of_date = then_scored.seen_from
            and now_scored.days = then_scored.days
            and now_scored.rollup_kind = then_scored.rollup_kind
            and now_scored.rollup_id = then_scored.rollup_id
            and now_scored.account_id = then_scored.account_id
),

summed as (
    select
        as_of_date,
        days,
        rollup_kind,
        rollup_id,
        compared_on,
        count(*) filter (where now_account_id is not null and then_account_id is not null)
            as same_account_count,
        count(*) filter (where then_account_id is null) as joined_account_count,
        count(*) filter (where now_account_id is null) as left_account_count
        {%- for measure in measures %}
        {%- set now, before = 'now_' ~ measure, 'then_' ~ measure %}
        {%- set on_both = now ~ ' is not null and ' ~ before ~ ' is not null' %},
        {{ weighted_mean(now ~ ' is not null', 'now_weight', now) }} as now_{{ measure }},
        {{ weighted_mean(before ~ ' is not null', 'then_weight', before) }} as then_{{ measure }},
        {{ weighted_mean(on_both, 'now_weight', now) }} as same_now_{{ measure }},
        {{ weighted_mean(on_both, 'then_weight', before) }} as same_then_{{ measure }}
        {%- endfor %}
    from paired
    group by as_of_date, days, rollup_kind, rollup_id, compared_on
),

-- where nobody with a value was scored on both dates, what came is compared with what was there
with_same as (
    select
        *
        {%- for measure in measures %},
        same_now_{{ measure }} is not null and same_then_{{ measure }} is not null
            as has_same_{{ measure }}
        {%- endfor %}
    from summed
),

changes as (
    select
        as_of_date,
        days,
        rollup_kind,
        rollup_id,
        compared_on,
        same_account_count,
        joined_account_count,
        left_account_count
        {%- for measure in measures %}
        {%- set now, before = 'now_' ~ measure, 'then_' ~ measure %},
        {{ now }} - {{ before }} as {{ measure }}_change,
        case
            when {{ now }} is not null and {{ before }} is not null
                then
                    case
                        when has_same_{{ measure }}
                            then same_now_{{ measure }} - same_then_{{ measure }}
                        else 0
                    end
        end as {{ measure }}_same_change,
        case when {{ before }} is not null
            then
                {{ now }} - case
                    when has_same_{{ measure }} then same_now_{{ measure }} else {{ before }}
                end
        end as {{ measure }}_joined_change,
        case when {{ now }} is not null
            then
                case when has_same_{{ measure }} then same_then_{{ measure }} else {{ before }} end
                - {{ before }}
        end as {{ measure }}_left_change
        {%- endfor %}
    from with_same
)

select * from changes
