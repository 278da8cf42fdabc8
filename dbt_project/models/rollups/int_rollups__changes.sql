-- What moved the value-weighted scores of a roll-up over 28 and 91 days: accounts that were scored on
-- both dates, those that joined them and those that left. Each part is computed by its own rule.
{% set measures = {'score': 'value_weighted_score', 'fair_score': 'fair_score'} %}
with compared_dates as (
    select * from {{ ref('int_rollups__compared_dates') }}
),

same as (
    select * from {{ ref('int_rollups__same') }}
),
{% for date, column in {'now': 'as_of_date', 'then': 'compared_on'}.items() %}
{{ date }}_scored as (
    select
        compared_dates.as_of_date,
        compared_dates.days,
        totals.rollup_kind,
        totals.rollup_id,
        totals.scored_account_count
        {%- for measure, total in measures.items() %},
        totals.{{ total }}{{ " as " ~ measure if total != measure }}
        {%- endfor %}
    from compared_dates
    inner join {{ ref('int_rollups__totals') }} as totals
        on compared_dates.{{ column }} = totals.as_of_date
    where totals.scored_account_count > 0
),
{% endfor %}
paired as (
    select
        coalesce(now_scored.as_of_date, then_scored.as_of_date) as as_of_date,
        coalesce(now_scored.days, then_scored.days) as days,
        coalesce(now_scored.rollup_kind, then_scored.rollup_kind) as rollup_kind,
        coalesce(now_scored.rollup_id, then_scored.rollup_id) as rollup_id,
        coalesce(now_scored.scored_account_count, 0) as now_account_count,
        coalesce(then_scored.scored_account_count, 0) as then_account_count
        {%- for measure in measures %},
        now_scored.{{ measure }} as now_{{ measure }},
        then_scored.{{ measure }} as then_{{ measure }}
        {%- endfor %}
    from now_scored
    full outer join then_scored
        on
            now_scored.as_of_date = then_scored.as_of_date
            and now_scored.days = then_scored.days
            and now_scored.rollup_kind = then_scored.rollup_kind
            and now_scored.rollup_id = then_scored.rollup_id
),

-- where nobody with a value was scored on both dates, what came is compared with what was there
with_same as (
    select
        paired.*,
        compared_dates.compared_on,
        coalesce(same.account_count, 0) as same_account_count
        {%- for measure in measures %},
        same.now_{{ measure }} as same_now_{{ measure }},
        same.then_{{ measure }} as same_then_{{ measure }},
        same.now_{{ measure }} is not null and same.then_{{ measure }} is not null
            as has_same_{{ measure }}
        {%- endfor %}
    from paired
    inner join compared_dates
        on
            paired.as_of_date = compared_dates.as_of_date
            and paired.days = compared_dates.days
    left join same
        on
            paired.as_of_date = same.as_of_date
            and paired.days = same.days
            and paired.rollup_kind = same.rollup_kind
            and paired.rollup_id = same.rollup_id
),

changes as (
    select
        as_of_date,
        days,
        rollup_kind,
        rollup_id,
        compared_on,
        same_account_count,
        now_account_count - same_account_count as joined_account_count,
        then_account_count - same_account_count as left_account_count
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
