-- The indicators that only the scorecard of an account's next row asks for.
with judged as (
    select * from {{ ref('int_indicators__judged') }} where not is_own
),

account_dates as (
    select * from {{ ref('int_indicators__account_dates') }}
),

required as (
    select * from {{ ref('int_indicators__required') }}
),

asked_besides as (
    select
        judged.account_id,
        judged.as_of_date,
        required.indicator_id,
        required.module_id
    from judged
    inner join account_dates
        on
            judged.account_id = account_dates.account_id
            and judged.as_of_date = account_dates.as_of_date
    inner join required
        on
            judged.scorecard_id = required.scorecard_id
            and judged.scorecard_version = required.scorecard_version
    left join required as required_anyway
        on
            account_dates.scorecard_id = required_anyway.scorecard_id
            and account_dates.scorecard_version = required_anyway.scorecard_version
            and required.indicator_id = required_anyway.indicator_id
    where required_anyway.indicator_id is null
)

select * from asked_besides
