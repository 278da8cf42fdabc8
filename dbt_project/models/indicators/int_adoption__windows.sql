-- What happened in the 28 days that end on the date. A window touches two blocks of 28 days, so
-- that days meet dates by an equality. A month is longer than the window: use that is recorded by
-- the month stands until the next month is complete, up to 30 days.
with dates as (
    select account_id, as_of_date from {{ ref('int_indicators__account_dates') }}
),

account_days as (
    select * from {{ ref('int_activity__account_days') }}
),

released_modules as (
    select * from {{ source('config', 'released_modules') }}
),

entitled as (
    select distinct
        subscriptions.account_id,
        subscriptions.as_of_date,
        plan_modules.module
    from {{ ref('int_accounts__subscriptions_as_of') }} as subscriptions
    inner join {{ source('config', 'plan_modules') }} as plan_modules
        on subscriptions.plan = plan_modules.plan
    where subscriptions.is_in_force
),

date_blocks as (
    select
        account_id,
        as_of_date,
        {{ window_block('as_of_date') }} as window_block
    from dates
    union all
    select
        account_id,
        as_of_date,
        {{ window_block('as_of_date') }} - 1 as window_block
    from dates
    union all
    select
        account_id,
        as_of_date,
        {{ window_block('as_of_date') }} - 2 as window_block
    from dates
    where {{ window_block(add_days('as_of_date', -30)) }} = {{ window_block('as_of_date') }} - 2
),

in_window as (
    select
        date_blocks.account_id,
        date_blocks.as_of_date,
        account_days.used_on,
        account_days.period_ends_on,
        account_days.module,
        account_days.unit_id,
        account_days.key_action_count
    from date_blocks
    inner join account_days
        on
            date_blocks.account_id = account_days.account_id
            and date_blocks.window_block = account_days.window_block
            and (
                account_days.period_ends_on > {{ add_days('date_blocks.as_of_date', -28) }}
                or (
                    {{ days_between('account_days.used_on', 'account_days.period_ends_on') }} > 6
                    and date_trunc('month', {{ add_days('account_days.period_ends_on', 1) }})
                    = date_trunc('month', {{ add_days('date_blocks.as_of_date', 1) }})
                )
            )
            and account_days.counts_from <= date_blocks.as_of_date
            and (
                account_days.counts_until is null
                or date_blocks.as_of_date < account_days.counts_until
            )
),

used as (
    select
        account_id,
        as_of_date,
        count(distinct used_on) filter (where used_on = period_ends_on) as active_day_count,
        bool_or(used_on < period_ends_on) as has_periods,
        count(distinct unit_id) as unit_count,
        sum(key_action_count) as key_action_count
    from in_window
    group by account_id, as_of_date
),

used_modules as (
    select distinct
        account_id,
        as_of_date,
        module
    from in_window
    where module is not null
),

module_counts as (
    select
        used_modules.account_id,
        used_modules.as_of_date,
        count(entitled.module) as entitled_used_count,
        count(released_modules.module) as released_used_count
    from used_modules
    left join entitled
        on
            used_modules.account_id = entitled.account_id
            and used_modules.as_of_date = entitled.as_of_date
            and used_modules.module = entitled.module
    left join released_modules
        on
            used_modules.module = released_modules.module
            and released_modules.released_on <= used_modules.as_of_date
            and released_modules.released_on > {{ add_days('used_modules.as_of_date', -180) }}
    group by used_modules.account_id, used_modules.as_of_date
),

entitled_counts as (
    select
        account_id,
        as_of_date,
        count(*) as entitled_count
    from entitled
    group by account_id, as_of_date
),

released_counts as (
    select
        calendar.as_of_date,
        count(*) as released_count
    from {{ ref('int_accounts__calendar') }} as calendar
    inner join released_modules
        on
            released_modules.released_on <= calendar.as_of_date
            and released_modules.released_on > {{ add_days('calendar.as_of_date', -180) }}
    group by calendar.as_of_date
),

windows as (
    select
        dates.account_id,
        dates.as_of_date,
        coalesce(used.active_day_count, 0) as active_day_count,
        coalesce(used.has_periods, false) as has_periods,
        coalesce(used.unit_count, 0) as unit_count,
        coalesce(used.key_action_count, 0) as key_action_count,
        coalesce(module_counts.entitled_used_count, 0) as entitled_used_count,
        coalesce(entitled_counts.entitled_count, 0) as entitled_count,
        coalesce(module_counts.released_used_count, 0) as released_used_count,
        coalesce(released_counts.released_count, 0) as released_count
    from dates
    left join used
        on dates.account_id = used.account_id and dates.as_of_date = used.as_of_date
    left join module_counts
        on
            dates.account_id = module_counts.account_id
            and dates.as_of_date = module_counts.as_of_date
    left join entitled_counts
        on
            dates.account_id = entitled_counts.account_id
            and dates.as_of_date = entitled_counts.as_of_date
    left join released_counts on dates.as_of_date = released_counts.as_of_date
)

select * from windows
