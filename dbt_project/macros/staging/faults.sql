{# Whether a row can't be without the column: its key, and what is required. A fault of another
   column empties the value alone. #}
{% macro is_needed(spec, column) -%}
    {{ return(column.name in spec.meta.key or column.meta.get('required', false)) }}
{%- endmacro %}

{# What can be wrong with which row is meant: judged of deletions too. Like the lists below in the
   order in which it is reported: a list of {rule, column, when}. #}
{% macro row_key_faults(spec) -%}
    {%- set faults = [] -%}
    {%- for column in spec.columns if column.name in spec.meta.key -%}
        {%- do faults.extend(missing_value_faults(column)) -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro %}

{# What can be wrong with the content of a row so that all of it is set aside. #}
{% macro row_content_faults(spec) -%}
    {%- set faults = [] -%}
    {%- for column in spec.columns -%}
        {%- if is_needed(spec, column) -%}
            {%- if column.name not in spec.meta.key -%}
                {%- do faults.extend(missing_value_faults(column)) -%}
            {%- endif -%}
            {%- do faults.extend(value_faults(column, column.staged_name)) -%}
        {%- endif -%}
        {%- if column.meta.get('must_be_listed') -%}
            {%- do faults.append({
                'rule': 'unlisted_value', 'column': column.name,
                'when': 'has_' ~ column.name ~ ' and ' ~ column.staged_name ~ ' is null',
            }) -%}
        {%- endif -%}
        {%- if column.meta.get('account') -%}
            {%- do faults.append({
                'rule': 'unknown_account', 'column': column.name,
                'when': column.name ~ ' is not null and not is_account_known',
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for rule in spec.meta.get('rules', []) if is_rule_of_rows(spec, rule) -%}
        {%- do faults.append(rule) -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro %}

{# Whether a rule sets rows aside: it is named after a column that they can't be without. #}
{% macro is_rule_of_rows(spec, rule) -%}
    {%- set column = spec.columns | selectattr('name', 'equalto', rule.column) | first -%}
    {{ return(rule.get('required', false) or is_needed(spec, column)) }}
{%- endmacro %}

{# The optional columns whose values may be emptied, with the faults that do so: in the value itself,
   and by the table's rules, where two values contradict each other. Common columns are optional. #}
{% macro emptied_columns(spec) -%}
    {%- set emptied = [] -%}
    {%- for column in spec.columns + common_columns() if not is_needed(spec, column) -%}
        {%- set faults = value_faults(column, 'read_' ~ column.staged_name) -%}
        {%- set rules = [] -%}
        {%- for rule in spec.meta.get('rules', [])
            if rule.column == column.name and not is_rule_of_rows(spec, rule) -%}
            {%- do rules.append(rule) -%}
        {%- endfor -%}
        {%- if faults or rules -%}
            {%- do emptied.append({
                'name': column.name, 'staged_name': column.staged_name,
                'faults': faults, 'rules': rules, 'is_common': column in common_columns(),
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(emptied) }}
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

{# The faults of a value that was read as `name`. #}
{% macro value_faults(column, name) -%}
    {%- set faults = [] -%}
    {%- if column.type != 'text' -%}
        {%- do faults.append({
            'rule': 'unreadable_' ~ column.type, 'column': column.name,
            'when': 'has_' ~ column.name ~ ' and ' ~ name ~ ' is null',
        }) -%}
    {%- endif -%}
    {%- if column.meta.get('minimum') is not none and column.meta.get('minimum') is defined -%}
        {%- do faults.append({
            'rule': 'below_' ~ column.meta.minimum, 'column': column.name,
            'when': name ~ ' < ' ~ column.meta.minimum,
        }) -%}
    {%- endif -%}
    {%- if column.meta.get('happened') -%}
        {%- do faults.append({
            'rule': 'in_the_future', 'column': column.name,
            'when': 'cast(' ~ name ~ ' as date) > ' ~ add_days('cast(loaded_at as date)', 1),
        }) -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro %}

{# A value, or null where one of the faults is true of it. #}
{% macro value_without(value, faults) -%}
    {%- if faults -%}
        case when {{ faults | map(attribute='when') | join(' or ') }} then null else {{ value }} end
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}

{# All faults of a row, a line each: the rule, the column, whether the row or the value alone was set
   aside, and behind `=` the value, where there is one. #}
{% macro faults_in_words(spec, key_faults, content_faults, emptied) -%}
    nullif(substr(
        {%- for fault in key_faults %}
        {{ fault_in_words(spec, fault, fault.when, 'row') }} ||
        {%- endfor %}
        {%- for fault in content_faults %}
        {{ fault_in_words(spec, fault, '(' ~ fault.when ~ ') and not is_tombstone', 'row') }} ||
        {%- endfor %}
        {%- for column in emptied %}
        {%- set unless = '' if column.is_common else ' and not is_tombstone' %}
        {%- for fault in column.faults %}
        {{ fault_in_words(spec, fault, '(' ~ fault.when ~ ')' ~ unless, 'value') }} ||
        {%- endfor %}
        {%- for rule in column.rules %}
        {{ fault_in_words(spec, rule, 'is_' ~ rule.rule ~ unless, 'value') }} ||
        {%- endfor %}
        {%- endfor %}
        '', 2
    ), '')
{%- endmacro %}

{% macro fault_in_words(spec, fault, condition, of_what) -%}
    case
        when {{ condition }}
            then '{{ "\n" }}{{ fault.rule }}|{{ fault.column }}|{{ of_what }}|'
                || coalesce('=' || replace({{ shown_value(spec, fault) }}, '{{ "\n" }}', ' '), '')
        else ''
    end
{%- endmacro %}

{# What the quarantine shows of a value: nothing of personal columns, the beginning of others. Where
   a number or a date can't be read, anything may stand there, a name too: its shape is shown. #}
{% macro shown_value(spec, fault) -%}
    {%- set column = (spec.columns + common_columns()) | selectattr('name', 'equalto', fault.column) | first -%}
    {%- set beginning = 'left(raw_' ~ fault.column ~ ', 100)' -%}
    {%- if column.meta.get('personal') -%}'(masked)'
    {%- elif fault.rule.startswith('unreadable_') -%}{{ without_emails(shape_of(beginning)) }}
    {%- else -%}{{ without_emails(beginning) }}
    {%- endif -%}
{%- endmacro %}
