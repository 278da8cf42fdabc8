{% set by_size %}
partition by account_id, as_of_date order by abs(points) desc, cause asc, indicator_id asc
{%- endset %}
with change_ends as (
    select * from {{ ref('int_scoring__change_ends') }}
    {{ where_scored_anew() }}
),

changes as (
    select * from {{ ref('fct_score_changes') }}
    {{ where_scored_anew() }}
),

published_before as (
    select * from {{ ref('int_scoring__change_published') }}
),

modules as (
    select * from {{ ref('modules') }}
),

worded as (
    select
        changes.account_id,
        changes.as_of_date,
        changes.cause,
        changes.indicator_id,
        changes.points,
        {{ points_in_words('changes.points') }} || ' '
        || case changes.cause
            when 'behaviour' then lower(modules.module_name)
            when 'model' then 'scorecard'
            when 'knock_out' then 'cap'
            else changes.cause
        end
        || ' (' || changes.reason || ')' as words
    from changes
    left join modules on changes.module_id = modules.module_id
),

-- each cause with those behind it and the sum of all: one pass in the order of size. Not grouped: texts
-- that an engine keeps for groups are not in its limit of memory
placed as (
    select
        account_id,
        as_of_date,
        row_number() over ({{ by_size }}) as place,
        words as first_words,
        lead(words, 1) over ({{ by_size }}) as second_words,
        lead(words, 2) over ({{ by_size }}) as third_words,
        lead(words, 3) over ({{ by_size }}) as fourth_words,
        {{ to_double("sum(cast(points as decimal(28, 12))) over (" ~ by_size ~ "
            rows between unbounded preceding and unbounded following)") }} as explained_change,
        count(*) over (
            {{ by_size }} rows between unbounded preceding and unbounded following
        ) as cause_count
    from worded
),

explained as (
    select * from placed where place = 1
),

compared as (
    select
        change_ends.account_id,
        change_ends.as_of_date,
        change_ends.previous_as_of_date as from_date,
        change_ends.earlier_score as from_score,
        change_ends.score,
        case
            when change_ends.is_scored and change_ends.earlier_is_scored
                then change_ends.score - change_ends.earlier_score
        end as score_change,
        published_before.score as published_score,
        -- to the ninth decimal, as a restatement; a date that was never shown is not restated
        case
            when change_ends.is_scored and change_ends.earlier_is_scored and change_ends.is_cadence
                then
                    case when published_before.account_id is null then 0
                        else
                            {{ comparable('change_ends.earlier_score') }}
                            - {{ comparable('published_before.score') }}
                    end
        end as restated_points,
        case
            when not change_ends.is_scored
                then
                    'no score on ' || cast(change_ends.as_of_date as varchar) || ': '
                    || change_ends.unscored_reason
            when not change_ends.earlier_is_scored
                then
                    'no score on ' || cast(change_ends.previous_as_of_date as varchar) || ': '
                    || change_ends.earlier_unscored_reason
        end as no_bridge_reason,
        explained.explained_change,
        {{ listed([
            'explained.first_words', 'explained.second_words', 'explained.third_words',
            'explained.fourth_words'
        ], ', ') }} as main_causes,
        explained.cause_count
    from change_ends
    left join explained
        on
            change_ends.account_id = explained.account_id
            and change_ends.as_of_date = explained.as_of_date
    left join published_before
        on
            change_ends.account_id = published_before.account_id
            and change_ends.as_of_date = published_before.as_of_date
),

final as (
    select
        cast(account_id as varchar) as account_id,
        as_of_date,
        from_date,
        {{ to_double('from_score') }} as from_score,
        {{ to_double('score') }} as score,
        {{ to_double('score_change') }} as score_change,
        {{ to_double("case when score_change is not null then coalesce(explained_change, 0) end") }}
            as explained_change,
        {{ to_double('restated_points') }} as restated_points,
        cast(no_bridge_reason as varchar) as no_bridge_reason,
        cast(
            case
                when score_change is null then no_bridge_reason
                else
                    case
                        when abs(score_change) < 0.05 then 'no change'
                        else {{ points_in_words('score_change') }}
                    end
                    || ' since ' || cast(from_date as varchar)
                    || case when cause_count is not null then ': ' || main_causes else '' end
                    || case
                        when cause_count > 4
                            then ', and ' || cast(cause_count - 4 as varchar) || ' more'
                        else ''
                    end
                    || case
                        when abs(restated_points) >= 0.05
                            then
                                '; ' || {{ number_in_words('published_score') }}
                                || ' was published for ' || cast(from_date as varchar)
                                || ', it is ' || {{ number_in_words('from_score') }}
                        else ''
                    end
            end as varchar
        ) as sentence
    from compared
)

select * from final
