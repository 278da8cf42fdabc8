with rollup_accounts as (
    select * from {{ ref('int_rollups__accounts') }}
    {{ where_in_this_build() }}
),

company as (
    select * from {{ source('config', 'company') }}
),

reasoned as (
    select
        *,
        case when is_scored then 'scored' else unscored_reason end as reason
    from rollup_accounts
),

counted as (
    select
        as_of_date,
        segment_id,
        reason,
        count(*) as account_count,
        sum(coalesce(value_amount, 0)) as value_amount
    from reasoned
    group by as_of_date, segment_id, reason
),

final as (
    select
        counted.as_of_date,
        cast(counted.segment_id as varchar) as segment_id,
        cast(counted.reason as varchar) as reason,
        cast(counted.account_count as integer) as account_count,
        cast(counted.value_amount as decimal(18, 4)) as value_amount,
        cast(company.reporting_currency as varchar) as reporting_currency
    from counted
    cross join company
)

select * from final
