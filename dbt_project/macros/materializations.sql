{# How a model becomes a table or a view in DuckDB: in as few statements as that takes.

   dbt's own way builds beside the table, renames twice and drops, in a dozen statements a model, so
   that no reader meets a half of it. Nobody reads a build file but the run that makes it, and one
   that fails is thrown away: so a model is made in its place. Contracts, hooks, headers and indexes
   are honoured as dbt does it; documentation and grants in the database are not for us. #}

{% materialization table, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- do run_hooks_before() -%}
    {%- do drop_other_kind(relation) -%}
    {%- do make(table_in_place(relation, with_values(sql))) -%}
    {%- do create_indexes(relation) -%}
    {%- do run_hooks_after() -%}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='view') -%}
    {%- do run_hooks_before() -%}
    {%- do drop_other_kind(relation) -%}
    {%- do require_contract() -%}
    {%- do make('create or replace view ' ~ relation ~ ' as (\n' ~ sql ~ '\n)') -%}
    {%- do run_hooks_after() -%}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{# A table that is carried from build to build: see increments.sql. #}
{% materialization incremental, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- do run_hooks_before() -%}
    {%- if existing is none or existing.is_view or should_full_refresh() -%}
        {%- do drop_other_kind(relation) -%}
        {%- do make(table_in_place(relation, with_values(sql))) -%}
        {%- do create_indexes(relation) -%}
    {%- else -%}
        {%- do make(with_values(rows_in_place(relation, with_values(sql))), in_transaction=True) -%}
    {%- endif -%}
    {%- do run_hooks_after() -%}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{# The statements that make the whole table; one with a contract gets its columns and constraints
   first, and is filled then. #}
{% macro table_in_place(relation, sql) -%}
    {%- do require_contract() -%}
    {%- if config.get('contract').enforced -%}
        create or replace table {{ relation }} {{ get_table_columns_and_constraints() }};
        insert into {{ relation }} {{ get_column_names() }} ({{ get_select_subquery(sql) }})
    {%- else -%}
        create or replace table {{ relation }} as (
            {{ sql }}
        )
    {%- endif -%}
{%- endmacro %}

{# The statements that replace some rows. What needs the new rows before it removes old ones (a key,
   a model that reads itself) writes them aside first, in the same transaction; its columns are those
   written, for to plan such a model only to know its columns costs much. #}
{% macro rows_in_place(relation, sql) -%}
    {%- set strategy = config.get('incremental_strategy') -%}
    {%- set is_aside = strategy != 'replace_where' or (relation | string) in sql -%}
    {%- set aside = '"' ~ this.identifier ~ '__made"' -%}
    {%- if is_aside -%}
        {%- do run_with_header(
            'create or replace temporary table ' ~ aside ~ ' as (\n' ~ sql ~ '\n)',
            in_transaction=True
        ) -%}
    {%- endif -%}
    {%- set columns = columns_of('from ' ~ aside if is_aside else sql) -%}
    {%- if columns | sort != columns_of('from ' ~ relation) | sort -%}
        {%- do exceptions.raise_compiler_error(
            'The columns of ' ~ relation ~ ' changed since it was made. Build it anew: --full.') -%}
    {%- endif -%}
    {%- set arguments = {
        'target_relation': relation,
        'temp_relation': aside if is_aside else '(\n' ~ sql ~ '\n) as made',
        'unique_key': config.get('unique_key'),
        'dest_columns': columns_named(columns),
        'incremental_predicates': config.get('incremental_predicates'),
    } -%}
    {{ adapter.get_incremental_strategy_macro(context, strategy)(arguments) }}
    {%- if is_aside %};
    drop table {{ aside }}{% endif %}
{%- endmacro %}

{# Run what makes the model, all of it or nothing. dbt asks what became of `main`. #}
{% macro make(statements, in_transaction=False) -%}
    {%- do run_with_header(statements, in_transaction) -%}
    {%- do store_raw_result('main', message='OK', code='OK', rows_affected=-1) -%}
{%- endmacro %}

{% macro run_with_header(statements, in_transaction) -%}
    {%- set header = (config.get('sql_header') or '') ~ '\n' -%}
    {%- do adapter.add_query(header ~ statements, auto_begin=in_transaction, abridge_sql_log=True) -%}
{%- endmacro %}

{# The contract holds; where it does not at first sight, dbt's own check decides and says why. #}
{% macro require_contract() -%}
    {%- if config.get('contract').enforced -%}
        {%- set stated = [] -%}
        {%- for column in model.columns.values() -%}
            {%- do stated.append((column.name, column.data_type | upper)) -%}
        {%- endfor -%}
        {%- if stated | sort != columns_of(sql) | sort -%}
            {%- do get_assert_columns_equivalent(sql) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# Names and types of a query's columns. #}
{% macro columns_of(query) -%}
    {%- set found = [] -%}
    {%- for row in adapter.add_query('describe ' ~ query, auto_begin=False, abridge_sql_log=True)[1].fetchall() -%}
        {%- do found.append((row[0], row[1])) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro columns_named(columns) -%}
    {%- set named = [] -%}
    {%- for column in columns -%}{%- do named.append({'name': column[0]}) -%}{%- endfor -%}
    {{ return(named) }}
{%- endmacro %}

{# A view can't be replaced by a table, nor the other way round. #}
{% macro drop_other_kind(relation) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and existing.type != relation.type -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
{%- endmacro %}

{% macro run_hooks_before() -%}
    {%- do run_hooks(pre_hooks, inside_transaction=False) -%}
    {%- do run_hooks(pre_hooks, inside_transaction=True) -%}
{%- endmacro %}

{% macro run_hooks_after() -%}
    {%- do run_hooks(post_hooks, inside_transaction=True) -%}
    {%- do adapter.commit() -%}
    {%- do run_hooks(post_hooks, inside_transaction=False) -%}
{%- endmacro %}
