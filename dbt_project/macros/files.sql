{# In which of a build's files a model lies (orchestration/base/build_files.py names them, and
   profiles.yml attaches them): what is published by its schema; what every build makes anew in one that
   the next build does not copy; what is carried on, rows or but a text, in the build's own. A
   developer's own file holds all that is built there. #}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {%- if target.name == 'dev' or node is none or node.resource_type != 'model' -%}
        {{ target.database }}
    {%- elif node.config.schema in ['marts', 'restricted'] -%}
        {{ node.config.schema }}_file
    {%- elif node.config.materialized == 'table' -%}
        scratch_file
    {%- else -%}
        {{ target.database }}
    {%- endif -%}
{%- endmacro %}
