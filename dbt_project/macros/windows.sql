{# The day falls into the window of so many days that ends on the date, both ends included. #}
{% macro in_last_days(day, date, days) -%}
    {{ day }} between {{ add_days(date, 1 - days) }} and {{ date }}
{%- endmacro %}
