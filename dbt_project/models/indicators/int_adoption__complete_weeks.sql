-- How many complete weeks an account has had by a date: from its creation, or from its first use
-- where that is unknown, and not before the company's rows begin. What came later than a date moves
-- neither for it.
with dates as (
    select
        account_id,
        as_of_date,
        created_on,
        {{ last_week_ends_on('as_of_date') }} as week_ends_on
    from ({{ asked_dates('adoption') }}) as asked
),

first_weeks as (
    select
        account_id,
        counts_from,
        min(week_ends_on) as week_ends_on
    from {{ ref('int_activity__usage_weeks') }}
    where {{ is_module_asked('adoption') }}
    group by account_id, counts_from
),

earlier_firsts as (
    select
        *,
        min(week_ends_on) over (
            partition by account_id order by counts_from
            rows between unbounded preceding and 1 preceding
        ) as known_week_ends_on
    from first_weeks
),

account_firsts as (
    select
        account_id,
        week_ends_on,
        counts_from,
        lead(counts_from) over (partition by account_id order by counts_from) as counts_until
    from earlier_firsts
    where known_week_ends_on is null or week_ends_on < known_week_ends_on
),

company_firsts as (
    select
        calendar.as_of_date,
        min(first_days.week_ends_on) as week_ends_on
    from {{ ref('int_accounts__calendar') }} as calendar
    inner join (
        select
            counts_from,
            min(week_ends_on) as week_ends_on
        from first_weeks
        group by counts_from
    ) as first_days on first_days.counts_from <= calendar.as_of_date
    group by calendar.as_of_date
),

complete_weeks as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.week_ends_on,
        cast(floor({{ days_between(
            'greatest(
                coalesce(dates.created_on, ' ~ add_days('account_firsts.week_ends_on', -6) ~ '),
                ' ~ add_days('company_firsts.week_ends_on', -6) ~ '
            )',
            add_days('dates.week_ends_on', 1)
        ) }} / 7.0) as integer) as week_count
    from dates
    inner join account_firsts
        on
            dates.account_id = account_firsts.account_id
            and {{ counts_on('account_firsts', 'dates.as_of_date') }}
    inner join company_firsts on dates.as_of_date = company_firsts.as_of_date
)

select * from complete_weeks
