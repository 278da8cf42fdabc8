-- Weeks of accounts that their changed days reach: their own, and for an aggregate of a week or month those up to
-- the end of the next, to which its level is carried on.
with changed_days as (
    select * from {{ ref('int_activity__changed_days') }}
),

reached as (
    {%- for weeks in range(0, 11) %}
    select
        account_id,
        {{ week_ends_on(add_days('used_on', weeks * 7)) }} as week_ends_on
    from changed_days
    {%- if weeks > 0 %}
    where used_on < period_ends_on
    {%- endif %}
    {{ "union all" if not loop.last }}
    {%- endfor %}
),

changed_weeks as (
    select distinct
        account_id,
        week_ends_on
    from reached
)

select * from changed_weeks
