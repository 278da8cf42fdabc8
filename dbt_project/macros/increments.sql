{# How a table is carried from one build to the next. A build starts from a copy of the last audited
   one; a table that is `incremental` replaces in it what this build changes, whole dates or an
   account's whole days at a time, and keeps the rest.

   The model's YAML says what is replaced: `incremental_predicates` is the condition on its rows,
   `{changed}` in it stands for the model that `meta.changed_by` names, which lists what this build
   changes, `{kept}` for the one of `meta.kept_by`, which lists what it keeps of that. #}

{# The strategy `replace_where`: remove the rows that the condition names, add the new ones. #}
{% macro get_incremental_replace_where_sql(arguments) -%}
    {%- set meta = config.get('meta') -%}
    {%- set changed = ref(meta.changed_by) -%}
    {%- set kept = ref(meta.kept_by or meta.changed_by) -%}
    {%- set columns = get_quoted_csv(arguments.dest_columns | map(attribute='name')) -%}
    delete from {{ arguments.target_relation }}
    where {{ arguments.incremental_predicates | join(' and ')
        | replace('{changed}', changed | string) | replace('{kept}', kept | string) }};

    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{%- endmacro %}

{# In a later build: only rows whose values the model of what changed lists, in columns of the same
   names. #}
{% macro where_changed(changed_by, columns) -%}
    {#- named before the condition, so that dbt sees what the model depends on -#}
    {%- set changed = ref(changed_by) -%}
    {%- set names = columns | join(', ') -%}
    {%- if is_incremental() -%}
        where ({{ names }}) in (select {{ names }} from {{ changed }})
    {%- endif -%}
{%- endmacro %}

{# The rows of use that a build counts: a later one those of changed weeks. #}
{% macro rows_to_count() -%}
    {%- set all_rows = ref('int_activity__usage_rows') -%}
    {%- set changed_rows = ref('int_activity__changed_rows') -%}
    {{ return(changed_rows if is_incremental() else all_rows) }}
{%- endmacro %}

{# A table of this model's schema as the last build left it, for a model that comes before it. #}
{% macro as_last_built(model_name) -%}
    {{ this.incorporate(path={'identifier': model_name}) }}
{%- endmacro %}

{# A model that is made later than the one that asks, as the last build left it; none where there is
   none, and for a developer, whose own file holds what other SQL made. #}
{% macro last_built(model_name) -%}
    {%- if target.name == 'dev' -%}{{ return(none) }}{%- endif -%}
    {#- a unit test sees no graph -#}
    {%- set node = graph.get('nodes', {}).get('model.' ~ project_name ~ '.' ~ model_name) -%}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias) if execute and node) }}
{%- endmacro %}

{# In a later build: only the as-of dates that this build computes. #}
{% macro where_in_this_build() -%}
    {%- set build_bounds = ref('int_accounts__build_bounds') -%}
    {%- if is_incremental() -%}
        where as_of_date >= (select build_from from {{ build_bounds }})
    {%- endif -%}
{%- endmacro %}

{# In a later build: only the accounts and dates that this build scores anew. #}
{% macro where_scored_anew() -%}
    {%- set build_bounds = ref('int_accounts__build_bounds') -%}
    {%- set kept_dates = ref('int_scoring__kept_dates') -%}
    {%- if is_incremental() -%}
        where
        as_of_date >= (select build_from from {{ build_bounds }})
        and (account_id, as_of_date) not in (select account_id, as_of_date from {{ kept_dates }})
    {%- endif -%}
{%- endmacro %}

{# What a data test reads of a model: in a later build only what that build made. The rest was tested
   when it was made, and is carried on as it was. dbt calls this for every generic test; the values
   that it asks for are filled in by orchestration/warehouse/tested_rows.py. #}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where')] if config.get('where') else [] -%}
    {%- set made = made_in_this_build(model.get('attached_node')) -%}
    {%- if made -%}{%- do conditions.append(made) -%}{%- endif -%}
    {%- if conditions -%}
        (select * from {{ relation }} where ({{ conditions | join(') and (') }})) as tested
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{# The same for a test that is a file of SQL, and for each model that it reads: to be used where what
   such a test holds of a row can't change while the row is carried on. #}
{% macro tested_rows(model_name) -%}
    {%- set relation = ref(model_name) -%}
    {%- set made = made_in_this_build('model.' ~ project_name ~ '.' ~ model_name) -%}
    {%- if made -%}(select * from {{ relation }} where {{ made }}){%- else -%}{{ relation }}{%- endif -%}
{%- endmacro %}

{# The condition on the rows of a model that this build made; none where it is made anew. #}
{% macro made_in_this_build(unique_id) -%}
    {%- if not execute or target.name == 'dev' -%}{{ return(none) }}{%- endif -%}
    {%- set tested = graph.nodes.get(unique_id) -%}
    {%- if not tested or tested.config.materialized != 'incremental' -%}{{ return(none) }}{%- endif -%}
    {%- set build = graph.sources.values() | selectattr('name', 'equalto', 'build') | first -%}
    {%- set number = '(select build_number from ' ~ build.relation_name ~ ')' -%}
    {%- if tested.config.incremental_strategy == 'delete+insert' -%}
        {{ return(number ~ ' = 1 or built_in = ' ~ number) }}
    {%- endif -%}
    {%- set meta = tested.config.meta -%}
    {%- set changed = graph.nodes.values() | selectattr('name', 'equalto', meta.changed_by) | first -%}
    {%- set kept = graph.nodes.values()
        | selectattr('name', 'equalto', meta.kept_by or meta.changed_by) | first -%}
    {{ return(number ~ ' = 1 or ' ~ tested.config.incremental_predicates | join(' and ')
        | replace('{changed}', changed.relation_name) | replace('{kept}', kept.relation_name)) }}
{%- endmacro %}
