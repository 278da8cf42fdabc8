{# The columns of each raw table that an indicator may rest on, by the table's name: all but its key,
   which is always there, and those of persons. A unit test states its own, for dbt shows it no
   graph. #}
{% macro recordable_columns() -%}
    {%- set columns = {} -%}
    {%- if execute -%}
        {%- for table_name in raw_table_names() -%}
            {%- set spec = raw_table_spec(table_name) -%}
            {%- do columns.update({
                table_name: spec.columns | rejectattr('meta.personal')
                    | rejectattr('name', 'in', spec.meta.key) | map(attribute='name') | list
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}

{# The columns of each raw table whose values are one of a list, or `other`. A unit test states its own. #}
{% macro listed_columns() -%}
    {%- set columns = {} -%}
    {%- if execute -%}
        {%- for table_name in raw_table_names() -%}
            {%- do columns.update({
                table_name: raw_table_spec(table_name).columns
                    | selectattr('meta.accepted', 'defined') | map(attribute='name') | list
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}

{# When the rows of a raw table happened, by the table's name: SQL over its columns. None of what has no
   date of its own, and in a unit test that states none. #}
{% macro event_times() -%}
    {%- set times = {} -%}
    {%- if execute -%}
        {%- for table_name in raw_table_names() -%}
            {%- set event_time = raw_table_spec(table_name).meta.get('event_time') -%}
            {%- if event_time -%}{%- do times.update({table_name: event_time}) -%}{%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(times) }}
{%- endmacro %}

{# The columns that are read as they stood on a date, and not as they are known for it: all but the
   dates of the tables that `is_in_force` is asked of. #}
{% macro standing_columns() -%}
    {%- set found = [] -%}
    {%- for table_name in ['accounts', 'subscriptions', 'users'] -%}
        {%- for column in raw_table_spec(table_name).columns
            if column.type not in ['date', 'timestamp'] -%}
            {%- do found.append(table_name ~ '.' ~ column.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{# The first as-of date for which a row of a raw table counts, and for which one counts that holds each
   of some facts: `facts` are conditions by their names. The table is the fact of all its rows. #}
{% macro recorded_facts(table_name, facts) -%}
    {%- set event_time = event_times().get(table_name) -%}
    select
        '{{ table_name }}' || named.fact as fact,
        case named.fact
            when '' then held.any_row
            {%- for name in facts %}
            when '.{{ name }}' then held.{{ name }}
            {%- endfor %}
        end as counts_from
    from (
        select
            {%- for name, condition in facts.items() %}
            min({{ 'stands_from' if table_name ~ '.' ~ name in standing_columns() else 'counts_from' }})
                filter (where {{ condition }}) as {{ name }},
            {%- endfor %}
            min(counts_from) as any_row
        from (
            select
                counted.*,
                greatest(counts_from, valid_from) as stands_from
            from (
                select
                    *,
                    {% if event_time -%}
                    greatest(known_from, coalesce(cast({{ event_time }} as date), known_from))
                    {%- else -%}
                    known_from
                    {%- endif %} as counts_from
                from {{ ref('stg_' ~ table_name) }}
            ) as counted
            where known_until is null or known_until > counts_from
        ) as standing
    ) as held
    cross join (
        {%- for name in facts %}
        select '.{{ name }}' as fact
        union all
        {%- endfor %}
        select '' as fact
    ) as named
    where
        case named.fact
            when '' then held.any_row
            {%- for name in facts %}
            when '.{{ name }}' then held.{{ name }}
            {%- endfor %}
        end is not null
{%- endmacro %}
