-- What made the score move: each cause by its own definition, none as the remainder. Together they
-- are the score of the date minus that of the date before, both as known now.
with change_ends as (
    select * from {{ ref('int_scoring__change_ends') }}
    where is_scored and earlier_is_scored
),

behaviour as (
    select
        indicators.account_id,
        indicators.as_of_date,
        indicators.indicator_id,
        {{ to_double(effective_weight(
            to_double('indicators.later_weight'), 'change_ends.common_weight'
        )) }} * (indicators.later_score - indicators.earlier_score) / 100 as points
    from {{ ref('int_scoring__change_indicators') }} as indicators
    inner join change_ends
        on
            indicators.account_id = change_ends.account_id
            and indicators.as_of_date = change_ends.as_of_date
    where indicators.is_in_both and change_ends.common_weight > 0
),

of_the_whole as (
    select
        account_id,
        as_of_date,
        remodelled_score - earlier_weighted_score as model,
        case
            when common_weight > 0
                then
                    (weighted_score - later_common_mean) + (earlier_common_mean - remodelled_score)
            else weighted_score - remodelled_score
        end as coverage,
        (computed_score - weighted_score) - (earlier_computed_score - earlier_weighted_score)
            as knock_out,
        (score - computed_score) - (earlier_score - earlier_computed_score) as override
    from change_ends
),

all_causes as (
    select
        account_id,
        as_of_date,
        'behaviour' as cause,
        indicator_id,
        points
    from behaviour
    {%- for cause in ['model', 'coverage', 'knock_out', 'override'] %}
    union all
    select
        account_id,
        as_of_date,
        '{{ cause }}' as cause,
        cast(null as varchar) as indicator_id,
        {{ cause }} as points
    from of_the_whole
    {%- endfor %}
),

-- what moved nothing is no cause; nor are the last bits of a sum
change_causes as (
    select
        account_id,
        as_of_date,
        cause,
        indicator_id,
        {{ to_double('points') }} as points
    from all_causes
    where abs(points) > 1e-11
)

select * from change_causes
