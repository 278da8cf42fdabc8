-- Days on which a source shows that it was alive: for staleness, the as-of date and the history.
{% set days = [
    ('tickets', 'opened_at'), ('tickets', 'solved_at'), ('survey_responses', 'sent_at'),
    ('survey_responses', 'responded_at'), ('invoices', 'issued_on'), ('invoices', 'paid_on'),
    ('interactions', 'occurred_at'), ('csm_assessments', 'assessed_at'),
    ('readiness_checks', 'checked_on'), ('onboarding_milestones', 'completed_on'),
    ('account_events', 'occurred_on'), ('business_outcomes', 'period_end'),
] %}
with usage_source_days as (
    select
        source_table,
        period_ends_on as data_on,
        min(counts_from) as counts_from
    from {{ ref('int_activity__usage_days') }}
    group by source_table, period_ends_on
),

all_days as (
    select * from usage_source_days
    {%- for table_name, column in days %}
    union all
    select
        '{{ table_name }}' as source_table,
        cast({{ column }} as date) as data_on,
        min(greatest(known_from, cast({{ column }} as date))) as counts_from
    from {{ ref('stg_' ~ table_name) }}
    where {{ column }} is not null
    group by cast({{ column }} as date)
    {%- endfor %}
),

source_days as (
    select
        source_table,
        data_on,
        min(counts_from) as counts_from
    from all_days
    group by source_table, data_on
)

select * from source_days
