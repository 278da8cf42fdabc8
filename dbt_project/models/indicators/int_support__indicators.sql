with dates as (
    {{ asked_dates('support') }}
),

tickets as (
    select * from {{ ref('stg_tickets') }}
),

-- Each ticket as it stood at the end of each date: what came later is null.
tickets_as_of as (
    select
        dates.account_id,
        dates.as_of_date,
        tickets.priority,
        cast(tickets.opened_at as date) as opened_on,
        cast(tickets.due_at as date) as due_on,
        cast(tickets.solved_at as date) as solved_on,
        {{ ticket_is_open('tickets', 'dates.as_of_date') }} as is_open,
        {{ hours_between('tickets.opened_at', 'tickets.solved_at') }} as hours_to_solution,
        case
            when cast(tickets.first_responded_at as date) <= dates.as_of_date
                then {{ hours_between('tickets.opened_at', 'tickets.first_responded_at') }}
        end as first_response_hours,
        tickets.satisfaction / nullif(tickets.satisfaction_max, 0) * 10 as satisfaction_points
    from dates
    inner join tickets
        on
            dates.account_id = tickets.account_id
            and cast(tickets.opened_at as date) <= dates.as_of_date
            and {{ is_known('tickets', 'dates.as_of_date') }}
),

windowed as (
    select
        *,
        {{ in_last_days('opened_on', 'as_of_date', 30) }} as is_opened_in_30_days,
        -- a ticket of the date itself has not had its 24 hours yet
        opened_on between {{ add_days('as_of_date', -31) }} and {{ add_days('as_of_date', -1) }}
            as is_opened_1_to_31_days_ago,
        -- reopened or not: the solution was given, and may have been rated
        coalesce({{ in_last_days('solved_on', 'as_of_date', 90) }}, false) as is_solved_in_90_days
    from tickets_as_of
),

aggregated as (
    select
        account_id,
        as_of_date,
        count(*) filter (where is_opened_in_30_days) as opened_count,
        count(*) filter (where is_open and priority = 'urgent') as urgent_open_count,
        count(*) filter (where is_open and due_on <= as_of_date) as past_due_count,
        count(*) filter (where is_opened_1_to_31_days_ago) as to_solve_count,
        count(*) filter (
            where is_opened_1_to_31_days_ago and not is_open and hours_to_solution <= 24
        ) as solved_in_day_count,
        percentile_cont(0.5) within group (
            order by case when is_opened_in_30_days then first_response_hours end
        ) as first_response_hours_median,
        count(*) filter (where is_solved_in_90_days) as solved_count,
        {{ exact_sum('case when is_solved_in_90_days then satisfaction_points end') }}
        / nullif(count(satisfaction_points) filter (where is_solved_in_90_days), 0)
            as satisfaction_points
    from windowed
    group by account_id, as_of_date
),

indicators as (
    select
        dates.account_id,
        dates.as_of_date,
        dates.scorecard_id,
        dates.scorecard_version,
        dates.account_age_days,
        coalesce(aggregated.opened_count, 0) as tickets_opened_30d,
        coalesce(aggregated.urgent_open_count, 0) as urgent_tickets_open,
        coalesce(aggregated.past_due_count, 0) as tickets_past_due,
        {{ to_double('aggregated.solved_in_day_count') }} / nullif(aggregated.to_solve_count, 0)
            as tickets_solved_in_day_ratio,
        aggregated.first_response_hours_median,
        aggregated.satisfaction_points as ticket_satisfaction,
        case
            when aggregated.solved_count > 0 and aggregated.satisfaction_points is null
                then 'no_response'
        end as ticket_satisfaction__gap
    from dates
    left join aggregated
        on dates.account_id = aggregated.account_id and dates.as_of_date = aggregated.as_of_date
)

select * from indicators
