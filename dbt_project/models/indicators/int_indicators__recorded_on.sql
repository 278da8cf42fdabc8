-- What this company records on each date: from the first one on for which a row counts that says
-- so, and not while a column that it rests on is gone.
{% set rests_on = {
    'tickets.satisfaction_on_scale': ['tickets.satisfaction', 'tickets.satisfaction_max'],
    'survey_responses.score_of_contact': ['survey_responses.score', 'survey_responses.contact_id'],
    'csm_assessments.score_on_scale': ['csm_assessments.score', 'csm_assessments.scale_max'],
    'invoices.payment': ['invoices.paid_on', 'invoices.amount_paid', 'invoices.status'],
    'usage_events.has_users': ['usage_events.user_id'],
    'usage_events.has_minutes': ['usage_events.duration_seconds'],
    'usage_events.has_quantities': ['usage_events.quantity'],
    'usage_events.has_modules': ['usage_events.module'],
    'usage_events.has_units': ['usage_events.unit_id'],
    'usage_daily.has_users': ['usage_daily.user_id', 'usage_daily.active_users'],
    'usage_daily.has_minutes': ['usage_daily.duration_seconds'],
    'usage_daily.has_quantities': ['usage_daily.quantity'],
    'usage_daily.has_modules': ['usage_daily.module'],
} %}
with calendar as (
    select as_of_date from {{ ref('int_accounts__calendar') }}
),

recorded as (
    select * from {{ ref('int_indicators__recorded') }}
),

lost_columns as (
    select
        table_name || '.' || column_name as lost,
        lost_from,
        lost_until
    from {{ source('config', 'lost_columns') }}
),

lost_facts as (
    select
        lost as fact,
        lost_from,
        lost_until
    from lost_columns
    {%- for fact, columns in rests_on.items() %}
    union all
    select
        '{{ fact }}' as fact,
        lost_from,
        lost_until
    from lost_columns
    where
        lost in (
            {%- for column in columns %}
            '{{ column }}'{{ "," if not loop.last }}
            {%- endfor %}
        )
    {%- endfor %}
),

recorded_on as (
    select
        calendar.as_of_date,
        recorded.fact
    from calendar
    inner join recorded on calendar.as_of_date >= recorded.counts_from
    where
        not exists (
            select 1 from lost_facts
            where
                recorded.fact = lost_facts.fact
                and calendar.as_of_date >= lost_facts.lost_from
                and (lost_facts.lost_until is null or calendar.as_of_date < lost_facts.lost_until)
        )
)

select * from recorded_on
