-- The accounts and dates that this build scores: new ones, and those before them that they are compared
-- with.
{%- set kept_dates = ref('int_scoring__kept_dates') %}
with scored_dates as (
    select
        account_dates.account_id,
        account_dates.as_of_date,
        account_dates.is_newest,
        account_dates.segment_id,
        account_dates.lifecycle_stage,
        account_dates.scorecard_id,
        account_dates.scorecard_version,
        account_dates.days_to_renewal
    from {{ ref('int_indicators__account_dates') }} as account_dates
    {#- where nothing is kept, an engine would take most rows for left out, and plan for few #}
    {%- if last_built('fct_indicator_scores') %}
    left join {{ kept_dates }} as kept_dates
        on
            account_dates.account_id = kept_dates.account_id
            and account_dates.as_of_date = kept_dates.as_of_date
            and not kept_dates.is_compared
    where kept_dates.account_id is null
    {%- endif %}
)

select * from scored_dates
