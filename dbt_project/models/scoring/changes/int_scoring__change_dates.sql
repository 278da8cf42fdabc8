-- The accounts and dates whose change this build explains, each with the date that it is compared with.
{%- set kept_dates = ref('int_scoring__kept_dates') %}
with change_dates as (
    select previous_dates.*
    from {{ ref('int_indicators__previous_dates') }} as previous_dates
    {%- if last_built('fct_indicator_scores') %}
    left join {{ kept_dates }} as kept_dates
        on
            previous_dates.account_id = kept_dates.account_id
            and previous_dates.as_of_date = kept_dates.as_of_date
    where kept_dates.account_id is null
    {%- endif %}
)

select * from change_dates
