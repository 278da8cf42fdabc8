{# No two versions of a row stand at the same time: each ends before the next begins; intervals
   without a day don't count. Returns the version that runs into the next one, with where that
   begins. Rows of a single version can't overlap and are not sorted. #}
{% test one_version_at_a_time(model, key, from_column, until_column) %}
with versions as (
    select
        {{ key | join(', ') }},
        {{ from_column }} as starts_on,
        {{ until_column }} as ends_on
    from {{ model }}
    where {{ until_column }} is null or {{ from_column }} < {{ until_column }}
),

repeated as (
    select {{ key | join(', ') }}
    from versions
    group by {{ key | join(', ') }}
    having count(*) > 1
),

paired as (
    select
        {%- for column in key %}
        versions.{{ column }},
        {%- endfor %}
        versions.starts_on,
        versions.ends_on,
        lead(versions.starts_on) over (
            partition by versions.{{ key | join(', versions.') }} order by versions.starts_on
        ) as next_starts_on
    from versions
    inner join repeated
        on
            {%- for column in key %}
            versions.{{ column }} = repeated.{{ column }}{{ " and" if not loop.last }}
            {%- endfor %}
)

select
    {{ key | join(', ') }},
    starts_on as {{ from_column }},
    ends_on as {{ until_column }},
    next_starts_on
from paired
where next_starts_on is not null and (ends_on is null or next_starts_on < ends_on)
{% endtest %}
