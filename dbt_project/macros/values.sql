{# Single values in place of the subqueries that ask for one: `(select column from table)`, and
   `(select min(column) from table where ...)` with simple conditions, which may ask for such values
   themselves, behind a comparison or a parenthesis. An engine skips files and blocks by a value that
   it knows while it plans, and by no other. What is not exactly one number or date stays as it was
   asked for. The data tests do the same: see orchestration/warehouse/values.py. #}
{% macro with_values(statement) -%}
    {%- set known = namespace(statement=statement, asked=[]) -%}
    {%- for round in range(2) -%}
        {%- for subquery in modules.re.findall(
            '(?:(?<=[<>=] )|(?<=\\()|(?<=and ))'
            ~ '\\(\\s*select (?:[a-z]\\w*|(?:min|max)\\(\\w+\\))\\s+from (?:"\\w+"\\.){2}"\\w+"'
            ~ '(?:\\s+where [^()]+)?\\s*\\)',
            known.statement
        ) if subquery not in known.asked -%}
            {%- do known.asked.append(subquery) -%}
            {%- set rows = adapter.add_query(
                'from ' ~ subquery ~ ' limit 2', auto_begin=False, abridge_sql_log=True
            )[1].fetchall() -%}
            {%- set literal = value_as_literal(rows[0][0]) if rows | length == 1 -%}
            {%- if literal -%}
                {%- set known.statement = known.statement | replace(subquery, literal) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(known.statement) }}
{%- endmacro %}

{# A date or a whole number as SQL has it; nothing of anything else. #}
{% macro value_as_literal(value) -%}
    {%- if value is integer -%}{{ return(value | string) }}
    {%- elif modules.re.fullmatch('[0-9]{4}-[0-9]{2}-[0-9]{2}', value | string) -%}
        {{ return("date '" ~ value ~ "'") }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}
