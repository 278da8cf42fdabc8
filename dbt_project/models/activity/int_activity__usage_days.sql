-- Use of an account by day and source, whoever and whatever it was: what there is at all, since when, and
-- the sums that weeks are made of.
with usage_rows as (
    select * from {{ rows_to_count() }}
    {{ where_changed('int_activity__changed_days', ['account_id', 'used_on']) }}
),

usage_days as (
    select
        account_id,
        used_on,
        period_ends_on,
        counts_from,
        counts_until,
        source_table,
        cast(sum(action_count) as bigint) as action_count,
        max(case when user_id is null then coalesce(active_user_count, 0) else 0 end)
            as reported_user_count,
        cast(sum(duration_seconds) as decimal(28, 6)) as duration_seconds,
        cast(sum(quantity) as decimal(28, 6)) as quantity,
        bool_or(user_id is not null or active_user_count is not null) as has_users,
        bool_or(duration_seconds > 0) as has_minutes,
        bool_or(quantity <> 0) as has_quantities,
        bool_or(module is not null) as has_modules,
        bool_or(unit_id is not null) as has_units
    from usage_rows
    group by account_id, used_on, period_ends_on, counts_from, counts_until, source_table
)

select * from usage_days
