with dates as (
    {{ asked_dates('bugs') }}
),

tickets as (
    select * from {{ ref('stg_tickets') }}
),

-- The bugs that were open at the end of each date, and those reopened shortly before.
bugs as (
    select
        dates.account_id,
        dates.as_of_date,
        tickets.priority,
        tickets.problem_id,
        {{ ticket_is_open('tickets', 'dates.as_of_date') }} as is_open,
        coalesce(
            {{ in_last_days('cast(tickets.reopened_at as date)', 'dates.as_of_date', 90) }}, false
        ) as is_reopened_in_90_days
    from dates
    inner join tickets
        on
            dates.account_id = tickets.account_id
            and tickets.kind = 'bug'
            and cast(tickets.opened_at as date) <= dates.as_of_date
            and {{ is_known('tickets', 'dates.as_of_date') }}
),

open_problems as (
    select distinct
        account_id,
        as_of_date,
        problem_id
    from bugs
    where is_open and problem_id is not null
),

problem_dates as (
    select distinct
        problem_id,
        as_of_date
    from open_problems
),

-- Whoever raised a ticket of any kind about the problem reported it, scored on the date or not.
shared_problems as (
    select
        problem_dates.problem_id,
        problem_dates.as_of_date
    from problem_dates
    inner join tickets
        on
            problem_dates.problem_id = tickets.problem_id
            and cast(tickets.opened_at as date) <= problem_dates.as_of_date
            and {{ is_known('tickets', 'problem_dates.as_of_date') }}
    group by problem_dates.problem_id, problem_dates.as_of_date
    having count(distinct tickets.account_id) >= 2
),

shared_problem_counts as (
    select
        open_problems.account_id,
        open_problems.as_of_date,
        count(*) as shared_problem_count
    from open_problems
    inner join shared_problems
        on
            open_problems.problem_id = shared_problems.problem_id
            and open_problems.as_of_date = shared_problems.as_of_date
    group by open_problems.account_id, open_problems.as_of_date
),

bug_counts as (
    select
        account_id,
        as_of_date,
        count(*) filter (where is_open) as open_count,
        count(*) filter (where is_open and priority in ('high', 'urgent')) as high_priority_count,
        count(*) filter (where is_reopened_in_90_days) as reopened_count
    from bugs
    group by account_id, as_of_date
),

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        coalesce(bug_counts.open_count, 0) as bugs_open,
        coalesce(bug_counts.high_priority_count, 0) as high_priority_bugs_open,
        coalesce(bug_counts.reopened_count, 0) as bugs_reopened_90d,
        coalesce(shared_problem_counts.shared_problem_count, 0) as shared_problems_open
    from dates
    left join bug_counts
        on dates.account_id = bug_counts.account_id and dates.as_of_date = bug_counts.as_of_date
    left join shared_problem_counts
        on
            dates.account_id = shared_problem_counts.account_id
            and dates.as_of_date = shared_problem_counts.as_of_date
)

select * from indicators
