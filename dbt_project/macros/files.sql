{# In which of a build's files a model lies (orchestration/base/build_files.py names them, and
   profiles.yml attaches them). What every build makes anew is of no use to the next one, which copies
   the others: a model that lies there by its folder is carried on all the same where it keeps rows,
   and where it is but a text. A developer's own file holds all that is built there. #}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {%- set is_made_anew = node is not none and node.config.materialized == 'table' -%}
    {%- if target.name == 'dev' or custom_database_name is none
        or (custom_database_name == 'scratch_file' and not is_made_anew) -%}
        {{ target.database }}
    {%- else -%}
        {{ custom_database_name | trim }}
    {%- endif -%}
{%- endmacro %}
