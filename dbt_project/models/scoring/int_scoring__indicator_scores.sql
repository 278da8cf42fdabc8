-- Which indicators count, with which effective weight; a filled one counts with the neutral score.
with normalised as (
    select
        *,
        status = 'measured' as is_measured,
        coalesce(
            status not in ('measured', 'not_applicable') and missing_policy = 'neutral', false
        ) as is_filled
    from {{ ref('int_scoring__normalised') }}
),

counted as (
    select
        *,
        case
            when is_measured then measured_score
            when is_filled then {{ to_double(neutral_score()) }}
        end as indicator_score,
        case when is_measured or is_filled then weight end as counted_weight
    from normalised
),

weight_sums as (
    select
        account_id,
        as_of_date,
        is_own,
        sum(counted_weight) as weight_sum
    from counted
    group by account_id, as_of_date, is_own
),

indicator_scores as (
    select
        counted.*,
        {{ to_double(effective_weight(
            to_double('counted.counted_weight'), 'weight_sums.weight_sum'
        )) }} as effective_weight,
        {{ to_double(effective_weight(
            to_double('counted.counted_weight'), 'weight_sums.weight_sum'
        )) }} * counted.indicator_score / 100 as contribution
    from counted
    inner join weight_sums
        on
            counted.account_id = weight_sums.account_id
            and counted.as_of_date = weight_sums.as_of_date
            and counted.is_own = weight_sums.is_own
)

select * from indicator_scores
