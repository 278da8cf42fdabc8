{# A value of any scale brought to 0-10. Multiplied before it is divided, so that 6.3 of 7 is 9. #}
{% macro points_of_ten(score, scale_max, scale_min='0') -%}
    (
        {{ to_double("(" ~ score ~ " - coalesce(" ~ scale_min ~ ", 0)) * 10") }}
        / nullif({{ to_double(scale_max ~ " - coalesce(" ~ scale_min ~ ", 0)") }}, 0)
    )
{%- endmacro %}
