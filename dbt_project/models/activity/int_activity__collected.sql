-- Which sides of use this company's rows carry at all: what nobody records is not zero.
{% set sides = ['has_users', 'has_minutes', 'has_quantities', 'has_modules', 'has_units'] %}
with usage_days as (
    select * from {{ ref('int_activity__usage_days') }}
),

collected as (
    select
        {%- for side in sides %}
        coalesce(bool_or({{ side }}), false) as {{ side }}{{ "," if not loop.last }}
        {%- endfor %}
    from usage_days
)

select * from collected
