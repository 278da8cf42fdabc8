with change_ends as (
    select * from {{ ref('int_scoring__change_ends') }}
    {{ where_in_this_build() }}
),

change_reasons as (
    select * from {{ ref('int_scoring__change_reasons') }}
),

-- in words, the first four
worded as (
    select
        account_id,
        as_of_date,
        place,
        {{ points_in_words('points') }} || ' ' || label || ' (' || reason || ')' as words
    from change_reasons
    where place <= 4
),

explained as (
    select
        account_id,
        as_of_date,
        {{ exact_sum('points') }} as explained_change,
        count(*) as cause_count
    from change_reasons
    group by account_id, as_of_date
),

compared as (
    select
        change_ends.account_id,
        change_ends.as_of_date,
        change_ends.previous_as_of_date as from_date,
        change_ends.published_score as from_score,
        change_ends.score,
        case
            when
                change_ends.is_scored
                and change_ends.earlier_is_scored
                and change_ends.published_is_scored
                then change_ends.score - change_ends.published_score
        end as score_change,
        case
            when not change_ends.is_scored
                then
                    'no score on ' || cast(change_ends.as_of_date as varchar) || ': '
                    || change_ends.unscored_reason
            when not change_ends.earlier_is_scored
                then
                    'no score on ' || cast(change_ends.previous_as_of_date as varchar) || ': '
                    || change_ends.earlier_unscored_reason
            when not change_ends.published_is_scored
                then
                    cast(change_ends.previous_as_of_date as varchar)
                    || ' was published without a score'
        end as no_bridge_reason,
        explained.explained_change,
        {{ listed([
            'first_cause.words', 'second_cause.words', 'third_cause.words', 'fourth_cause.words'
        ], ', ') }} as main_causes,
        explained.cause_count
    from change_ends
    left join explained
        on
            change_ends.account_id = explained.account_id
            and change_ends.as_of_date = explained.as_of_date
    -- joined, not grouped: texts that an engine keeps for groups are not in its limit of memory
    {%- for cause in ['first', 'second', 'third', 'fourth'] %}
    left join (select * from worded where place = {{ loop.index }}) as {{ cause }}_cause
        on
            change_ends.account_id = {{ cause }}_cause.account_id
            and change_ends.as_of_date = {{ cause }}_cause.as_of_date
    {%- endfor %}
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
        cast(no_bridge_reason as varchar) as no_bridge_reason,
        cast(
            case
                when score_change is null then no_bridge_reason
                when cause_count is null
                    then 'no change since ' || cast(from_date as varchar)
                else
                    case
                        when abs(score_change) < 0.05 then 'no change'
                        else {{ points_in_words('score_change') }}
                    end
                    || ' since '
                    || cast(from_date as varchar) || ': ' || main_causes
                    || case
                        when cause_count > 4
                            then ', and ' || cast(cause_count - 4 as varchar) || ' more'
                        else ''
                    end
            end as varchar
        ) as sentence
    from compared
)

select * from final
