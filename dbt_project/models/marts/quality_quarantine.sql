with quarantine as (
    select * from {{ ref('stg_quarantine') }}
),

final as (
    select
        cast(source_table as varchar) as source_table,
        cast({{ without_emails('row_key') }} as varchar) as row_key,
        cast(column_name as varchar) as column_name,
        cast(rule as varchar) as rule,
        cast(shown_value as varchar) as value,
        is_value_only,
        min(loaded_at) as first_seen_at,
        cast(count(*) as integer) as occurrence_count
    from quarantine
    group by
        source_table,
        {{ without_emails('row_key') }},
        column_name,
        rule,
        shown_value,
        is_value_only
)

select * from final
