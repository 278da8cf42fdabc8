{# The columns identify a row: none is null where it may not be, and no two rows share them.
   Returns the keys that fail, with how often they occur. Keys are grouped by one number each; only
   those whose number repeats, or that have a null, are looked at themselves. #}
{% test unique_key(model, columns, nullable=[]) %}
{%- set needed = columns | reject('in', nullable) | list -%}
{%- set is_incomplete = needed | join(' is null or ') ~ ' is null' -%}
with suspects as (
    select {{ number_of_values(columns) }} as key_number
    from {{ model }}
    group by {{ number_of_values(columns) }}
    having count(*) > 1
    {%- if needed %}
    union all
    select {{ number_of_values(columns) }} as key_number
    from {{ model }}
    where {{ is_incomplete }}
    {%- endif %}
)

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
where {{ number_of_values(columns) }} in (select key_number from suspects)
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- if needed %}
    or {{ is_incomplete }}
    {%- endif %}
{% endtest %}
