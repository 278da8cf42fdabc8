with indicators as (
    select * from {{ ref('indicators') }}
),

modules as (
    select * from {{ ref('modules') }}
),

final as (
    select
        cast(indicators.indicator_id as varchar) as indicator_id,
        cast(indicators.module_id as varchar) as module_id,
        cast(modules.module_name as varchar) as module_name,
        cast(modules.module_order as integer) as module_order,
        cast(indicators.dimension as varchar) as dimension,
        cast(indicators.unit as varchar) as unit,
        cast(indicators.direction as varchar) as direction,
        cast(indicators.window_days as integer) as window_days,
        cast(indicators.minimum_age_days as integer) as minimum_age_days,
        cast(indicators.collection as varchar) as collection,
        coalesce(indicators.is_rated_by_csm, false) as is_rated_by_csm,
        cast(indicators.source_table as varchar) as source_table,
        cast(indicators.definition as varchar) as definition
    from indicators
    inner join modules on indicators.module_id = modules.module_id
)

select * from final
