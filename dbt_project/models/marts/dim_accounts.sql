-- The newest version of every account that was ever accepted, closed and deleted ones too.
with accounts as (
    select
        *,
        -- by load: two versions may begin on one day, and an older one may say that it came later
        row_number() over (partition by account_id order by load_number desc) as recency
    from {{ ref('stg_accounts') }}
),

latest_dates as (
    select * from {{ ref('int_indicators__account_dates') }} where is_newest
),

dated_rows as (
    select
        account_id,
        period_ends_on as happened_on
    from {{ ref('int_activity__account_days') }}
    {%- for table_name, happened_at in [
        ('tickets', 'opened_at'), ('invoices', 'issued_on'), ('interactions', 'occurred_at'),
        ('survey_responses', 'responded_at'),
    ] %}
    union all
    select
        account_id,
        cast({{ happened_at }} as date) as happened_on
    from {{ ref('stg_' ~ table_name) }}
    where is_current
    {%- endfor %}
),

out_of_bounds as (
    select
        dated_rows.account_id,
        count(*) filter (
            where dated_rows.happened_on > cast(accounts.closed_at as date)
        ) as after_end_count,
        count(*) filter (
            where dated_rows.happened_on < cast(accounts.created_at as date)
        ) as before_beginning_count
    from dated_rows
    inner join accounts on dated_rows.account_id = accounts.account_id and accounts.recency = 1
    where
        dated_rows.happened_on > cast(accounts.closed_at as date)
        or dated_rows.happened_on < cast(accounts.created_at as date)
    group by dated_rows.account_id
),

final as (
    select
        cast(accounts.account_id as varchar) as account_id,
        cast(accounts.name as varchar) as account_name,
        cast(accounts.parent_account_id as varchar) as parent_account_id,
        cast(accounts.customer_type as varchar) as customer_type,
        coalesce(accounts.is_key_account, false) as is_key_account,
        cast(accounts.industry as varchar) as industry,
        cast(accounts.region as varchar) as region,
        cast(accounts.employee_count as integer) as employee_count,
        cast(accounts.csm_id as varchar) as csm_id,
        cast(accounts.created_at as date) as created_on,
        cast(accounts.closed_at as date) as closed_on,
        cast(latest_dates.segment_id as varchar) as segment_id,
        cast(latest_dates.lifecycle_stage as varchar) as lifecycle_stage,
        latest_dates.account_id is not null as is_scored_now,
        not accounts.is_current as is_deleted,
        cast(coalesce(out_of_bounds.after_end_count, 0) as integer)
            as rows_after_end_count,
        cast(coalesce(out_of_bounds.before_beginning_count, 0) as integer)
            as rows_before_beginning_count
    from accounts
    left join latest_dates on accounts.account_id = latest_dates.account_id
    left join out_of_bounds on accounts.account_id = out_of_bounds.account_id
    where accounts.recency = 1
)

select * from final
