{# Texts, as engines spell them. Every macro here has one meaning on all of them. #}

{# Texts of a group in one, in an order. #}
{% macro joined_texts(text, separator, order_by) -%}
    {{ return(adapter.dispatch('joined_texts')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__joined_texts(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__joined_texts(text, separator, order_by) -%}
    listagg({{ text }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}

{# The rows of a relation, once for each part of a text column, with the part as `part`. #}
{% macro split_to_rows(relation, text, separator) -%}
    {{ return(adapter.dispatch('split_to_rows')(relation, text, separator)) }}
{%- endmacro %}

{% macro duckdb__split_to_rows(relation, text, separator) -%}
    select *, unnest(string_split({{ text }}, '{{ separator }}')) as part from {{ relation }}
{%- endmacro %}

{% macro default__split_to_rows(relation, text, separator) -%}
    select *, unnest(string_to_array({{ text }}, '{{ separator }}')) as part from {{ relation }}
{%- endmacro %}

{% macro spark__split_to_rows(relation, text, separator) -%}
    select *, explode(split({{ text }}, '[{{ separator }}]')) as part from {{ relation }}
{%- endmacro %}

{# The text with every letter as an x. #}
{% macro shape_of(text) -%}
    {{ return(adapter.dispatch('shape_of')(text)) }}
{%- endmacro %}

{% macro default__shape_of(text) -%}
    regexp_replace({{ text }}, '[[:alpha:]]', 'x', 'g')
{%- endmacro %}

{% macro duckdb__shape_of(text) -%}
    regexp_replace({{ text }}, '\p{L}', 'x', 'g')
{%- endmacro %}

{# The text with every e-mail address masked. #}
{% macro without_emails(text) -%}
    regexp_replace({{ text }}, '[^[:space:]@]+@[^[:space:]@]+', '(masked)', 'g')
{%- endmacro %}

{# A whole number that stands for a text; several texts may share one. #}
{% macro key_number(text) -%}
    {{ return(number_of_values([text])) }}
{%- endmacro %}

{# The same for the values of several columns, whatever their types. #}
{% macro number_of_values(values) -%}
    {{ return(adapter.dispatch('number_of_values')(values)) }}
{%- endmacro %}

{% macro default__number_of_values(values) -%}
    hash_record_extended(row({{ values | join(', ') }}), 0)
{%- endmacro %}

{% macro duckdb__number_of_values(values) -%}
    hash({{ values | join(', ') }})
{%- endmacro %}

{% macro spark__number_of_values(values) -%}
    xxhash64({{ values | join(', ') }})
{%- endmacro %}
