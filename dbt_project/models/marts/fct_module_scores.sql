with module_scores as (
    select * from {{ ref('int_scoring__module_scores') }}
    {{ where_in_this_build() }}
),

final as (
    select
        cast(account_id as varchar) as account_id,
        as_of_date,
        cast(module_id as varchar) as module_id,
        {{ to_double('module_score') }} as module_score,
        cast(measured_count as integer) as measured_indicator_count,
        cast(rating as varchar) as rating,
        cast(rating_reason as varchar) as rating_reason,
        cast(flag_id as varchar) as flag_id,
        cast(open_cta_count as integer) as open_cta_count
    from module_scores
)

select * from final
