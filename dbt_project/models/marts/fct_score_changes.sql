with change_reasons as (
    select * from {{ ref('int_scoring__change_reasons') }}
    {{ where_scored_anew() }}
),

final as (
    select
        cast(account_id as varchar) as account_id,
        as_of_date,
        cast(cause as varchar) as cause,
        cast(indicator_id as varchar) as indicator_id,
        cast(module_id as varchar) as module_id,
        previous_as_of_date as from_date,
        {{ to_double('points') }} as points,
        cast(reason as varchar) as reason
    from change_reasons
)

select * from final
