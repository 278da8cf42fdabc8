with account_days as (
    select * from {{ ref('int_activity__account_days') }}
),

key_days as (
    select
        account_id,
        used_on as first_key_action_on,
        counts_from as known_from,
        counts_until as known_until,
        min(case when counts_until is null then used_on end) over (
            partition by account_id
            order by counts_from, used_on
            rows between unbounded preceding and 1 preceding
        ) as earlier_on
    from account_days
    where key_action_count > 0
),

-- only a day that is earlier than all that were known before it can be the first
first_key_actions as (
    select distinct
        account_id,
        first_key_action_on,
        known_from,
        known_until
    from key_days
    where earlier_on is null or first_key_action_on < earlier_on or known_until is not null
)

select * from first_key_actions
