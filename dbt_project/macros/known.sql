{# A version of a row counts for the date: see the page on time and what was known. #}
{% macro is_known(alias, date) -%}
    {{ alias }}.known_from <= {{ date }}
    and ({{ alias }}.known_until is null or {{ date }} < {{ alias }}.known_until)
{%- endmacro %}

{# A version of an undated state stood at the end of the date. The first one stands since ever, for
   dates on which anything was known of its row. #}
{% macro is_in_force(alias, date) -%}
    {{ alias }}.valid_from <= {{ date }}
    and {{ alias }}.known_from <= {{ date }}
    and ({{ alias }}.valid_until is null or {{ date }} < {{ alias }}.valid_until)
{%- endmacro %}
