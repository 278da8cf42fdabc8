{# The specification of a raw table: `models/staging/_raw_tables.yml` as a dict with its columns,
   key, kind, event time and rules. Empty while dbt only parses. #}
{% macro raw_table_spec(table_name) -%}
    {%- if execute -%}
        {%- for source in graph.sources.values()
            if source.source_name == 'raw' and source.name == table_name -%}
            {%- set columns = [] -%}
            {%- for column in source.columns.values() -%}
                {%- do columns.append({
                    'name': column.name,
                    'staged_name': 'check_name' if column.name == 'check' else column.name,
                    'type': column.data_type,
                    'meta': column.config.meta if column.config else column.meta,
                }) -%}
            {%- endfor -%}
            {{ return({'columns': columns, 'meta': source.config.meta}) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return({'columns': [], 'meta': {'key': [], 'kind': 'append'}}) }}
{%- endmacro %}

{# The raw tables, in the order of their specification. #}
{% macro raw_table_names() -%}
    {{ return([
        'accounts', 'staff', 'users', 'contacts', 'subscriptions', 'usage_events', 'usage_daily',
        'tickets', 'survey_responses', 'invoices', 'interactions', 'csm_assessments',
        'onboarding_milestones', 'readiness_checks', 'account_events', 'business_outcomes',
        'cta_actions', 'exchange_rates',
    ]) }}
{%- endmacro %}

{# What every table may carry beside its own columns. #}
{% macro common_columns() -%}
    {{ return([
        {
            'name': 'arrived_at', 'staged_name': 'own_arrived_at', 'type': 'timestamp',
            'meta': {'happened': true},
        },
        {
            'name': 'updated_at', 'staged_name': 'updated_at', 'type': 'timestamp',
            'meta': {'happened': true},
        },
        {'name': 'is_deleted', 'staged_name': 'own_is_deleted', 'type': 'boolean', 'meta': {}},
    ]) }}
{%- endmacro %}
