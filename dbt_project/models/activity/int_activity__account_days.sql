-- Days with activity, per module and unit; returns alone make no active day. What of a day was
-- known later is a row of its own, so that it counts from then on only.
with usage_rows as (
    select * from {{ rows_to_count() }}
    {{ where_changed('int_activity__changed_days', ['account_id', 'used_on']) }}
),

account_days as (
    select
        account_id,
        module,
        unit_id,
        used_on,
        period_ends_on,
        counts_from,
        counts_until,
        cast(sum(key_action_count) as bigint) as key_action_count
    from usage_rows
    where action_count > 0
    group by
        account_id, module, unit_id, used_on, period_ends_on, counts_from, counts_until
)

select * from account_days
