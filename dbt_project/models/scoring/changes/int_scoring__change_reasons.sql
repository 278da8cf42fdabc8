-- Each cause of a change in words, and its place among the causes, the largest first.
with change_causes as (
    select * from {{ ref('int_scoring__change_causes') }}
),

change_ends as (
    select * from {{ ref('int_scoring__change_ends') }}
),

change_indicators as (
    select * from {{ ref('int_scoring__change_indicators') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

modules as (
    select * from {{ ref('modules') }}
),

-- texts of a group are put in order in memory: only where they are told
of_coverage as (
    select alone.*
    from {{ ref('int_scoring__change_indicators') }} as alone
    inner join {{ ref('int_scoring__change_causes') }} as coverage
        on
            alone.account_id = coverage.account_id
            and alone.as_of_date = coverage.as_of_date
            and coverage.cause = 'coverage'
    where not alone.is_in_both
),

came_and_went as (
    select
        account_id,
        as_of_date,
        {%- for words, is_meant in [
            ('came', 'later_weight > 0 and coalesce(earlier_weight, 0) = 0'),
            ('went', 'earlier_weight > 0 and coalesce(later_weight, 0) = 0'),
            ('switched', 'later_weight > 0 and earlier_weight > 0'),
        ] %}
        {{ joined_texts(
            'case when ' ~ is_meant ~ ' then indicator_id end', ', ', 'indicator_id'
        ) }} as {{ words }}{{ ',' if not loop.last }}
        {%- endfor %}
    from of_coverage
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
            when 'behaviour' then lower(modules.module_name)
            when 'restatement' then 'restated'
            when 'model' then 'scorecard'
            when 'knock_out' then 'cap'
            else change_causes.cause
        end as label,
        case change_causes.cause
            when 'behaviour'
                then
                    {{ fact_in_words(
                        'indicators.phrase', 'change_indicators.later_value',
                        'change_indicators.later_baseline_value', 'indicators.unit'
                    ) }}
                    || ', was '
                    || {{ value_in_words('change_indicators.earlier_value', 'indicators.unit') }}
            when 'restatement'
                then
                    {{ number_in_words('change_ends.published_score') }} || ' was published for '
                    || cast(change_ends.previous_as_of_date as varchar) || ', it is '
                    || {{ number_in_words('change_ends.earlier_score') }}
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
        end as reason,
        row_number() over (
            partition by change_causes.account_id, change_causes.as_of_date
            order by
                abs(change_causes.points) desc,
                change_causes.cause asc,
                change_causes.indicator_id asc
        ) as place
    from change_causes
    inner join change_ends
        on
            change_causes.account_id = change_ends.account_id
            and change_causes.as_of_date = change_ends.as_of_date
    left join change_indicators
        on
            change_causes.account_id = change_indicators.account_id
            and change_causes.as_of_date = change_indicators.as_of_date
            and change_causes.indicator_id = change_indicators.indicator_id
    left join indicators on change_causes.indicator_id = indicators.indicator_id
    left join modules on indicators.module_id = modules.module_id
    left join came_and_went
        on
            change_causes.account_id = came_and_went.account_id
            and change_causes.as_of_date = came_and_went.as_of_date
)

select * from change_reasons
