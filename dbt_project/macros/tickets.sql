{# The ticket was open at the end of the date: opened by then and not solved by then, or reopened
   after its solution by then. Only its dates are read: what a status stood for on an earlier date
   is not known. #}
{% macro ticket_is_open(alias, date) -%}
    (
        cast({{ alias }}.opened_at as date) <= {{ date }}
        and (
            {{ alias }}.solved_at is null
            or cast({{ alias }}.solved_at as date) > {{ date }}
            or coalesce(
                {{ alias }}.reopened_at > {{ alias }}.solved_at
                and cast({{ alias }}.reopened_at as date) <= {{ date }},
                false
            )
        )
    )
{%- endmacro %}
