-- Each cause of a change in words. Texts cost most to write: fct_score_changes alone reads this, and holds them.
{% set shown = {
    'shown_value': 'later_value',
    'shown_baseline': 'later_baseline_value',
    'shown_earlier': 'earlier_value',
} %}
with change_causes as (
    select * from {{ ref('int_scoring__change_causes') }}
),

change_ends as (
    select * from {{ ref('int_scoring__change_ends') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

-- many changes read the same: each wording is made once, see `reason_keys`
moved as (
    select
        change_indicators.*,
        coalesce(change_indicators.later_value = 0, false) as is_nothing,
        {%- for key, value in shown.items() %}
        {{ shown_number(in_unit('change_indicators.' ~ value, 'indicators.unit')) }}
            as {{ key }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_scoring__change_indicators') }} as change_indicators
    inner join indicators on change_indicators.indicator_id = indicators.indicator_id
    where change_indicators.is_in_both
),

told_apart as (
    select
        indicator_id,
        is_nothing,
        {%- for key, value in shown.items() %}
        {{ key }},
        min({{ value }}) as {{ value }}{{ ',' if not loop.last }}
        {%- endfor %}
    from moved
    group by indicator_id, is_nothing, {{ shown | join(', ') }}
),

told as (
    select
        told_apart.*,
        {{ fact_in_words(
            'indicators.phrase', 'told_apart.later_value', 'told_apart.later_baseline_value',
            'indicators.unit'
        ) }}
        || ', was '
        || {{ value_in_words('told_apart.earlier_value', 'indicators.unit') }} as words
    from told_apart
    inner join indicators on told_apart.indicator_id = indicators.indicator_id
),

of_behaviour as (
    select
        moved.account_id,
        moved.as_of_date,
        moved.indicator_id,
        told.words
    from moved
    inner join told
        on
            moved.indicator_id = told.indicator_id
            and moved.is_nothing = told.is_nothing
            {%- for key in shown %}
            and moved.{{ key }} = told.{{ key }}
            {%- endfor %}
),

-- texts of a group are put in order in memory: only where they are told
of_coverage as (
    select
        alone.account_id,
        alone.as_of_date,
        alone.indicator_id,
        case
            when coalesce(alone.earlier_weight, 0) = 0 then 'came'
            when coalesce(alone.later_weight, 0) = 0 then 'went'
            else 'switched'
        end as what
    from {{ ref('int_scoring__change_indicators') }} as alone
    inner join {{ ref('int_scoring__change_causes') }} as coverage
        on
            alone.account_id = coverage.account_id
            and alone.as_of_date = coverage.as_of_date
            and coverage.cause = 'coverage'
    where not alone.is_in_both and (alone.later_weight > 0 or alone.earlier_weight > 0)
),

listed_by_what as (
    select
        account_id,
        as_of_date,
        what,
        {{ joined_texts('indicator_id', ', ', 'indicator_id') }} as words
    from of_coverage
    group by account_id, as_of_date, what
),

came_and_went as (
    select
        account_id,
        as_of_date,
        {%- for what in ['came', 'went', 'switched'] %}
        max(case when what = '{{ what }}' then words end) as {{ what }}{{ ',' if not loop.last }}
        {%- endfor %}
    from listed_by_what
    group by account_id, as_of_date
),

change_reasons as (
    select
        change_causes.account_id,
        change_causes.as_of_date,
        change_ends.previous_as_of_date,
        change_causes.cause,
        change_causes.indicator_id,
        indicators.module_id,
        change_causes.points,
        case change_causes.cause
            when 'behaviour' then of_behaviour.words
            when 'model'
                then
                    change_ends.scorecard_id || ' v'
                    || cast(change_ends.scorecard_version as varchar) || ', was '
                    || change_ends.earlier_scorecard_id || ' v'
                    || cast(change_ends.earlier_scorecard_version as varchar)
            when 'coverage'
                then
                    {{ listed([
                        "'now counted: ' || came_and_went.came",
                        "'no longer: ' || came_and_went.went",
                        "'filled on one of the dates: ' || came_and_went.switched",
                    ]) }}
            when 'knock_out'
                then
                    coalesce(change_ends.knock_out_reason, 'none')
                    || case
                        when change_ends.knock_out_reason = change_ends.earlier_knock_out_reason
                            then ''
                        else ', was ' || coalesce(change_ends.earlier_knock_out_reason, 'none')
                    end
            when 'override'
                then
                    case
                        when change_ends.override_id is null then 'ended'
                        when change_ends.earlier_override_id is null then 'set by a person'
                        else 'another, or over another score'
                    end
        end as reason
    from change_causes
    inner join change_ends
        on
            change_causes.account_id = change_ends.account_id
            and change_causes.as_of_date = change_ends.as_of_date
    left join of_behaviour
        on
            change_causes.account_id = of_behaviour.account_id
            and change_causes.as_of_date = of_behaviour.as_of_date
            and change_causes.indicator_id = of_behaviour.indicator_id
    left join indicators on change_causes.indicator_id = indicators.indicator_id
    left join came_and_went
        on
            change_causes.account_id = came_and_went.account_id
            and change_causes.as_of_date = came_and_went.as_of_date
)

select * from change_reasons
