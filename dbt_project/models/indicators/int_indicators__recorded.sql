-- What this company records at all: `other` alone tells nothing. The sides of use are judged by
-- `int_activity__collected`.
{% set others = ['usage_events', 'usage_daily', 'cta_actions'] %}
-- what an indicator may need beside a column that holds a value
{% set named_facts = {
    'tickets.satisfaction_on_scale': 'satisfaction is not null and satisfaction_max is not null',
    'survey_responses.score_of_contact': 'score is not null and contact_id is not null',
    'csm_assessments.score_on_scale': 'score is not null and scale_max is not null',
    'invoices.payment': 'paid_on is not null or amount_paid > 0',
} %}
with recorded as (
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
)

select * from recorded
