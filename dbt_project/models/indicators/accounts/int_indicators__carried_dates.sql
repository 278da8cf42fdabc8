-- The accounts and dates of this build whose measurements stand as the last build made them: none of the
-- account's own rows changed for the date, nor anything that accounts share, and the same scorecard
-- judges it. Those that the scorecard of their next row judges, too, are measured for both.
{%- set last_built = last_built('fct_account_health') %}
{%- set calendar = ref('int_accounts__calendar') %}
with account_dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

build_bounds as (
    select * from {{ ref('int_accounts__build_bounds') }}
),

changed_dates as (
    select * from {{ ref('int_accounts__changed_dates') }}
),

judged_besides as (
    select * from {{ ref('int_indicators__judged') }} where not is_own
),

last_built as (
    {%- if last_built %}
    select account_id, as_of_date, scorecard_id, scorecard_version
    from {{ last_built }}
    where as_of_date >= (select min(as_of_date) from {{ calendar }})
    {%- else %}
    select account_id, as_of_date, scorecard_id, scorecard_version
    from account_dates
    where false
    {%- endif %}
),

carried_dates as (
    select
        account_dates.account_id,
        account_dates.as_of_date
    from account_dates
    inner join build_bounds on account_dates.as_of_date < build_bounds.all_accounts_from
    inner join last_built
        on
            account_dates.account_id = last_built.account_id
            and account_dates.as_of_date = last_built.as_of_date
            and account_dates.scorecard_id = last_built.scorecard_id
            and account_dates.scorecard_version = last_built.scorecard_version
    where
        not exists (
            select 1 from changed_dates
            where
                account_dates.account_id = changed_dates.account_id
                and account_dates.as_of_date = changed_dates.as_of_date
        )
        and not exists (
            select 1 from judged_besides
            where
                account_dates.account_id = judged_besides.account_id
                and account_dates.as_of_date = judged_besides.as_of_date
        )
)

select * from carried_dates
