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

{# What can be wrong with which row is meant, and with since when: judged of deletions too. Like the
   list below in the order in which it is reported: a list of {rule, column, when}. #}
{% macro row_key_faults(spec) -%}
    {%- set faults = [] -%}
    {%- for column in spec.columns if column.name in spec.meta.key -%}
        {%- do faults.extend(missing_value_faults(column)) -%}
    {%- endfor -%}
    {%- for column in common_columns() -%}
        {%- do faults.extend(value_faults(column)) -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro %}

{# What can be wrong with the content of a row. Text columns that must hold one of a list are no
   fault. #}
{% macro row_content_faults(spec) -%}
    {%- set faults = [] -%}
    {%- for column in spec.columns -%}
        {%- if column.name not in spec.meta.key -%}
            {%- do faults.extend(missing_value_faults(column)) -%}
        {%- endif -%}
        {%- do faults.extend(value_faults(column)) -%}
        {%- if column.meta.get('account') -%}
            {%- do faults.append({
                'rule': 'unknown_account', 'column': column.name,
                'when': column.name ~ ' is not null and not is_account_known',
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for rule in spec.meta.get('rules', []) -%}
        {%- do faults.append(rule) -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro %}

{% macro missing_value_faults(column) -%}
    {%- set faults = [] -%}
    {%- if column.meta.get('required') -%}
        {%- do faults.append({
            'rule': 'missing_value', 'column': column.name,
            'when': 'not has_' ~ column.name,
        }) -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro %}

{% macro value_faults(column) -%}
    {%- set faults = [] -%}
    {%- if column.type != 'text' -%}
        {%- do faults.append({
            'rule': 'unreadable_' ~ column.type, 'column': column.name,
            'when': 'has_' ~ column.name ~ ' and ' ~ column.staged_name ~ ' is null',
        }) -%}
    {%- endif -%}
    {%- if column.meta.get('minimum') is not none and column.meta.get('minimum') is defined -%}
        {%- do faults.append({
            'rule': 'below_' ~ column.meta.minimum, 'column': column.name,
            'when': column.staged_name ~ ' < ' ~ column.meta.minimum,
        }) -%}
    {%- endif -%}
    {%- if column.meta.get('happened') -%}
        {%- do faults.append({
            'rule': 'in_the_future', 'column': column.name,
            'when': 'cast(' ~ column.staged_name ~ ' as date) > ' ~ add_days('cast(loaded_at as date)', 1),
        }) -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro %}
