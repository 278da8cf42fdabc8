-- What this company records at all, and since when: raw tables, their columns, and what indicators need
-- beside these. Nothing is recorded for a date for which no row counts that says so; `other`
-- alone says nothing.
{% set others = ['usage_events', 'usage_daily', 'cta_actions'] %}
-- what an indicator may need beside a column that holds a value
{% set named_facts = {
    'tickets.satisfaction_on_scale': 'satisfaction is not null and satisfaction_max is not null',
    'survey_responses.score_of_contact': 'score is not null and contact_id is not null',
    'csm_assessments.score_on_scale': 'score is not null and scale_max is not null',
    'invoices.payment': "paid_on is not null or amount_paid > 0 or status = 'paid'",
} %}
{% set sides_of_use = ['has_users', 'has_minutes', 'has_quantities', 'has_modules', 'has_units'] %}
with recorded_in_tables as (
    {%- for table_name in raw_table_names() | reject('in', others) %}
    {%- set facts = {} %}
    {%- for column in recordable_columns().get(table_name, []) %}
        {%- do facts.update({column: column ~ (
            " <> 'other'" if column in listed_columns().get(table_name, []) else ' is not null'
        )}) %}
    {%- endfor %}
    {%- for name, condition in named_facts.items() if name.split('.')[0] == table_name %}
        {%- do facts.update({name.split('.')[1]: condition}) %}
    {%- endfor %}
    {{ recorded_facts(table_name, facts) }}
    {{- "\n    union all" if not loop.last }}
    {%- endfor %}
),

usage_days as (
    select * from {{ ref('int_activity__usage_days') }}
),

recorded_of_use as (
    select
        source_table as fact,
        min(counts_from) as counts_from
    from usage_days
    group by source_table
    {%- for side in sides_of_use %}
    union all
    select
        source_table || '.{{ side }}' as fact,
        min(counts_from) as counts_from
    from usage_days
    where {{ side }}
    group by source_table
    {%- endfor %}
),

recorded as (
    select * from recorded_in_tables
    union all
    select * from recorded_of_use
)

select * from recorded
