-- Earlier refreshes; the row of the refresh that publishes is added as it is published.
with refresh_log as (
    select * from {{ source('landing', 'refresh_log') }}
),

final as (
    select
        cast(refresh_id as varchar) as refresh_id,
        cast(started_at as timestamp) as started_at,
        cast(ended_at as timestamp) as ended_at,
        cast(as_of_date as date) as as_of_date,
        cast(status as varchar) as status,
        cast(code_version as varchar) as code_version,
        cast(input_fingerprint as varchar) as input_fingerprint,
        cast(rows_published as bigint) as rows_published
    from refresh_log
)

select * from final
