-- Rows of use of the accounts' weeks that a later build counts again, read once for days and weeks. None in
-- the first build, which counts all rows.
with since_changed as (
    select
        *,
        {{ week_ends_on('used_on') }} as week_ends_on
    from {{ ref('int_activity__usage_rows') }}
    where
        0 < (select loads_there from {{ source('config', 'build') }})
        and landed_event_time >= {{ add_days(
            '(select min(week_ends_on) from ' ~ ref('int_activity__changed_weeks') ~ ')', -7
        ) }}
),

changed_rows as (
    select * from since_changed
    where (account_id, week_ends_on) in (
        select account_id, week_ends_on from {{ ref('int_activity__changed_weeks') }}
    )
)

select * from changed_rows
