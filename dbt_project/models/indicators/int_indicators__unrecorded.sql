-- What the rows of a table that was landed never hold, nobody records: taken for an answer, a missing
-- time of solution would read as no ticket ever solved. An open count rests on what closes it.
with indicators as (
    select * from {{ ref('indicators') }}
),

accounts as (
    select
        bool_or(created_at is not null) as have_created_at,
        bool_or(employee_count is not null) as have_employee_count,
        bool_or(annual_value is not null) as have_annual_value
    from {{ ref('stg_accounts') }}
),

subscriptions as (
    select
        bool_or(amount is not null) as have_amount,
        bool_or(discount_pct is not null) as have_discount_pct,
        bool_or(seats is not null) as have_seats,
        bool_or(units is not null) as have_units,
        bool_or(plan is not null) as have_plan,
        bool_or(ends_on is not null or cancelled_on is not null) as have_end
    from {{ ref('stg_subscriptions') }}
),

tickets as (
    select
        bool_or(solved_at is not null) as have_solved_at,
        bool_or(reopened_at is not null) as have_reopened_at,
        bool_or(due_at is not null) as have_due_at,
        bool_or(first_responded_at is not null) as have_first_responded_at,
        bool_or(satisfaction is not null and satisfaction_max is not null) as have_satisfaction,
        bool_or(problem_id is not null) as have_problem_id,
        bool_or(is_churn_risk is not null) as have_is_churn_risk
    from {{ ref('stg_tickets') }}
),

-- what was paid counts from above 0: an export fills the column with 0 where nobody records it
invoices as (
    select
        bool_or(paid_on is not null or amount_paid > 0) as have_payment,
        bool_or(kind is not null) as have_kind
    from {{ ref('stg_invoices') }}
),

survey_responses as (
    select
        bool_or(sent_at is not null) as have_sent_at,
        bool_or(score is not null) as have_score,
        bool_or(score is not null and contact_id is not null) as have_score_of_contact,
        bool_or(score is not null or responded_at is not null) as have_answer
    from {{ ref('stg_survey_responses') }}
),

interactions as (
    select
        bool_or(planned_at is not null) as have_planned_at,
        bool_or(planned_at is not null or occurred_at is not null) as have_time,
        bool_or(is_two_way is not null) as have_is_two_way
    from {{ ref('stg_interactions') }}
),

contacts as (
    select
        bool_or(left_at is not null) as have_left_at,
        bool_or(user_id is not null) as have_user_id
    from {{ ref('stg_contacts') }}
),

users as (
    select bool_or(deactivated_at is not null or is_active is not null) as have_deactivation
    from {{ ref('stg_users') }}
),

csm_assessments as (
    select bool_or(score is not null and scale_max is not null) as have_score
    from {{ ref('stg_csm_assessments') }}
),

milestones as (
    select bool_or(completed_on is not null) as have_completed_on
    from {{ ref('stg_onboarding_milestones') }}
),

outcomes as (
    select bool_or(target is not null) as have_target from {{ ref('stg_business_outcomes') }}
),

unrecorded as (
    select indicators.indicator_id
    from indicators
    cross join accounts
    cross join subscriptions
    cross join tickets
    cross join invoices
    cross join survey_responses
    cross join interactions
    cross join contacts
    cross join users
    cross join csm_assessments
    cross join milestones
    cross join outcomes
    where not coalesce(
        case indicators.indicator_id
            when 'handover_grade' then csm_assessments.have_score
            when 'milestones_overdue' then milestones.have_completed_on
            when 'milestones_on_time_ratio' then milestones.have_completed_on
            when 'days_to_first_value' then accounts.have_created_at
            when 'weekly_active_to_seats_ratio' then subscriptions.have_seats
            when 'weekly_active_to_employees_ratio' then accounts.have_employee_count
            when 'modules_used_ratio' then subscriptions.have_plan
            when 'units_in_use_ratio' then subscriptions.have_units
            when 'urgent_tickets_open' then tickets.have_solved_at
            when 'tickets_past_due' then tickets.have_solved_at and tickets.have_due_at
            when 'tickets_solved_in_day_ratio' then tickets.have_solved_at
            when 'first_response_hours_median' then tickets.have_first_responded_at
            when 'ticket_satisfaction'
                then tickets.have_solved_at and tickets.have_satisfaction
            when 'bugs_open' then tickets.have_solved_at
            when 'high_priority_bugs_open' then tickets.have_solved_at
            when 'bugs_reopened_90d' then tickets.have_reopened_at
            when 'shared_problems_open' then tickets.have_solved_at and tickets.have_problem_id
            when 'requests_open' then tickets.have_solved_at
            when 'churn_risk_requests_open'
                then tickets.have_solved_at and tickets.have_is_churn_risk
            when 'nps' then survey_responses.have_score
            when 'csat' then survey_responses.have_score
            when 'decision_maker_lowest_score' then survey_responses.have_score_of_contact
            when 'survey_response_ratio'
                then survey_responses.have_sent_at and survey_responses.have_answer
            when 'relationship_rating' then csm_assessments.have_score
            when 'days_since_key_contact_left'
                then
                    contacts.have_left_at
                    or (contacts.have_user_id and users.have_deactivation)
            when 'executive_reviews_held_ratio' then interactions.have_planned_at
            when 'meetings_declined_90d' then interactions.have_time
            when 'days_since_two_way_interaction'
                then interactions.have_is_two_way and interactions.have_time
            when 'days_overdue' then invoices.have_payment
            when 'invoices_late_ratio' then invoices.have_payment
            when 'overdue_to_yearly_value_ratio'
                then
                    invoices.have_payment
                    and (subscriptions.have_amount or accounts.have_annual_value)
            when 'discount_pct' then subscriptions.have_discount_pct
            when 'seat_growth_ratio_365d' then subscriptions.have_seats
            when 'renewals_count' then subscriptions.have_end
            when 'expansion_amount_365d' then invoices.have_kind
            when 'north_star_to_target_ratio' then outcomes.have_target
            else true
        end,
        false
    )
)

select * from unrecorded
