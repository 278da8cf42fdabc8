{# The expression is true in every row. Returns the rows where it is false or unknown. #}
{% test expression_holds(model, expression, show) %}
select {{ show | join(', ') }}
from {{ model }}
where not coalesce({{ expression }}, false)
{% endtest %}
