-- What happened in the 28 days that end on the date. Rows of use that the same as-of dates see
-- become one first, their days and modules as the bits of whole numbers; only then they meet the
-- dates.
with dates as (
    {{ asked_dates('adoption') }}
),

as_of_dates as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
    where {{ is_module_asked('adoption') }}
),

plan_modules as (
    select * from {{ source('config', 'plan_modules') }}
),

released_modules as (
    select * from {{ source('config', 'released_modules') }}
),

-- modules that somebody is entitled to, or that are new: company.yml takes at most sixty
modules as (
    select
        module,
        {{ bits_moved_up(1, 'row_number() over (order by module) - 1') }} as module_bit
    from (
        select module from plan_modules
        union
        select module from released_modules
    ) as named_modules
),

first_dates as (
    {{ first_dates_from('as_of_dates') }}
),

bounds as (
    select min(as_of_date) as first_date from as_of_dates
),

-- a month is longer than the window: use that is recorded by the month stands until the next month
-- is complete, up to 30 days
account_days as (
    select
        days.*,
        greatest(days.counts_from, bounds.first_date) as stands_from,
        least(
            coalesce(days.counts_until, date '9999-12-31'),
            greatest(
                {{ add_days('days.period_ends_on', 28) }},
                case
                    when {{ days_between('days.used_on', 'days.period_ends_on') }} > 6
                        then {{ last_day_of_month(add_days('days.period_ends_on', 1)) }}
                    else days.period_ends_on
                end
            )
        ) as stands_until
    from {{ ref('int_activity__account_days') }} as days
    cross join bounds
    where days.period_ends_on >= {{ add_days('bounds.first_date', -30) }}
),

seen as (
    select
        account_days.*,
        starts.as_of_date as seen_from,
        coalesce(ends.as_of_date, date '9999-12-31') as seen_until
    from account_days
    inner join first_dates as starts on account_days.stands_from = starts.calendar_date
    left join first_dates as ends on account_days.stands_until = ends.calendar_date
    where
        account_days.stands_from < account_days.stands_until
        and (ends.as_of_date is null or starts.as_of_date < ends.as_of_date)
),

-- the bit of a day is the number of days from it to the first date that sees it
seen_together as (
    select
        seen.account_id,
        seen.seen_from,
        seen.seen_until,
        bit_or(case
            when seen.used_on = seen.period_ends_on
                then {{ bits_moved_up(1, days_between('seen.used_on', 'seen.seen_from')) }}
        end) as day_bits,
        bit_or(modules.module_bit) as module_bits,
        bool_or(seen.used_on < seen.period_ends_on) as has_periods,
        sum(seen.key_action_count) as key_action_count
    from seen
    left join modules on seen.module = modules.module
    group by seen.account_id, seen.seen_from, seen.seen_until
),

seen_on as (
    select
        times.seen_from,
        times.seen_until,
        as_of_dates.as_of_date,
        {{ days_between('times.seen_from', 'as_of_dates.as_of_date') }} as days_later
    from (select distinct seen_from, seen_until from seen_together) as times
    inner join as_of_dates
        on
            as_of_dates.as_of_date >= times.seen_from
            and as_of_dates.as_of_date < times.seen_until
),

used as (
    select
        seen_together.account_id,
        seen_on.as_of_date,
        bit_or({{ bits_moved_up('seen_together.day_bits', 'seen_on.days_later') }}) as day_bits,
        bit_or(seen_together.module_bits) as module_bits,
        bool_or(seen_together.has_periods) as has_periods,
        sum(seen_together.key_action_count) as key_action_count
    from seen_together
    inner join seen_on
        on
            seen_together.seen_from = seen_on.seen_from
            and seen_together.seen_until = seen_on.seen_until
    group by seen_together.account_id, seen_on.as_of_date
),

used_units as (
    select
        times.account_id,
        seen_on.as_of_date,
        count(distinct times.unit_id) as unit_count
    from (
        select distinct account_id, unit_id, seen_from, seen_until
        from seen
        where unit_id is not null
    ) as times
    inner join seen_on
        on times.seen_from = seen_on.seen_from and times.seen_until = seen_on.seen_until
    group by times.account_id, seen_on.as_of_date
),

plans as (
    select
        plan_modules.plan,
        bit_or(modules.module_bit) as module_bits
    from plan_modules
    inner join modules on plan_modules.module = modules.module
    group by plan_modules.plan
),

entitled as (
    select
        subscriptions.account_id,
        subscriptions.as_of_date,
        bit_or(plans.module_bits) as module_bits
    from {{ ref('int_accounts__subscriptions_as_of') }} as subscriptions
    inner join plans on subscriptions.plan = plans.plan
    where subscriptions.is_in_force
    group by subscriptions.account_id, subscriptions.as_of_date
),

released as (
    select
        as_of_dates.as_of_date,
        bit_or(modules.module_bit) as module_bits
    from as_of_dates
    inner join released_modules
        on {{ in_last_days('released_modules.released_on', 'as_of_dates.as_of_date', 180) }}
    inner join modules on released_modules.module = modules.module
    group by as_of_dates.as_of_date
),

windows as (
    select
        dates.account_id,
        dates.as_of_date,
        -- what lies more than 28 days back has moved up beyond the window's bits
        {{ bits_set('used.day_bits & ' ~ (2 ** 28 - 1)) }} as active_day_count,
        coalesce(used.has_periods, false) as has_periods,
        coalesce(used_units.unit_count, 0) as unit_count,
        cast(coalesce(used.key_action_count, 0) as bigint) as key_action_count,
        {{ bits_set('used.module_bits & entitled.module_bits') }} as entitled_used_count,
        {{ bits_set('entitled.module_bits') }} as entitled_count,
        {{ bits_set('used.module_bits & released.module_bits') }} as released_used_count,
        {{ bits_set('released.module_bits') }} as released_count
    from dates
    left join used on dates.account_id = used.account_id and dates.as_of_date = used.as_of_date
    left join used_units
        on dates.account_id = used_units.account_id and dates.as_of_date = used_units.as_of_date
    left join entitled
        on dates.account_id = entitled.account_id and dates.as_of_date = entitled.as_of_date
    left join released on dates.as_of_date = released.as_of_date
)

select * from windows
