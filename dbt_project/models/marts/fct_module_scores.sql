with module_scores as (
    select * from {{ ref('int_scoring__module_scores') }}
    {{ where_scored_anew() }}
),

final as (
    select
        cast(account_id as varchar) as account_id,
        as_of_date,
        cast(module_id as varchar) as module_id,
        {{ to_double('module_score') }} as module_score,
        cast(measured_count as integer) as measured_indicator_count,
        cast(rating as varchar) as rating,
        cast(
            case
                when flag = 'red' then 'flagged red by a person'
                when red_rule_id is not null then 'the open risk ' || red_rule_id || ' makes it red'
                when has_many then cast(open_cta_count as varchar) || ' open risks make it red'
                when flag = 'yellow' then 'flagged yellow by a person'
                when open_cta_count = 1 then '1 open risk'
                when open_cta_count > 1 then cast(open_cta_count as varchar) || ' open risks'
                when measured_count > 0 then 'no flag and no call to action'
                else 'nothing measured'
            end as varchar
        ) as rating_reason,
        cast(flag_id as varchar) as flag_id,
        cast(open_cta_count as integer) as open_cta_count
    from module_scores
)

select * from final
