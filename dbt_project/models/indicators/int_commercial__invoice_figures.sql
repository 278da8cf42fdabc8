with dates as (
    {{ asked_dates('commercial') }}
),

rates as (
    select * from {{ ref('int_accounts__rates_as_of') }}
),

-- what was paid in time matters to the ratio alone: most invoices are left out where nobody asks
-- for it
asked as (
    select count(*) > 0 as is_ratio_asked
    from {{ ref('int_indicators__required') }}
    where indicator_id = 'invoices_late_ratio'
),

-- a credit is nothing that anybody owes
invoices as (
    select
        invoices.*,
        coalesce(invoices.kind in ('upsell', 'beyond_contract'), false) as is_extra,
        asked.is_ratio_asked
    from {{ ref('stg_invoices') }} as invoices
    cross join asked
    where
        invoices.amount > 0
        and coalesce(invoices.kind, 'contract') <> 'credit'
        and (
            asked.is_ratio_asked
            or coalesce(invoices.paid_on > invoices.due_on, true)
            or invoices.kind in ('upsell', 'beyond_contract')
        )
),

-- Each invoice as it stood at the end of each date.
invoices_as_of as (
    select
        dates.account_id,
        dates.as_of_date,
        invoices.issued_on,
        invoices.due_on,
        invoices.is_extra,
        invoices.is_ratio_asked,
        invoices.currency,
        invoices.amount,
        case when invoices.paid_on <= dates.as_of_date then invoices.paid_on end as paid_on,
        case
            when invoices.paid_on <= dates.as_of_date then 0
            -- what was paid later says nothing about what was open on the date
            when invoices.paid_on > dates.as_of_date then invoices.amount
            else invoices.amount - coalesce(invoices.amount_paid, 0)
        end as open_amount
    from dates
    inner join invoices
        on
            dates.account_id = invoices.account_id
            and dates.as_of_date >= invoices.issued_on
            and {{ is_known('invoices', 'dates.as_of_date') }}
    where
        (
            invoices.due_on < dates.as_of_date
            and coalesce(invoices.paid_on > dates.as_of_date, true)
        )
        or (
            invoices.is_ratio_asked
            and {{ in_last_days('invoices.due_on', 'dates.as_of_date', 365) }}
        )
        or (
            invoices.is_extra
            and {{ in_last_days('invoices.issued_on', 'dates.as_of_date', 365) }}
        )
),

judged as (
    select
        invoices_as_of.account_id,
        invoices_as_of.as_of_date,
        invoices_as_of.due_on,
        invoices_as_of.is_ratio_asked
        and {{ in_last_days('invoices_as_of.due_on', 'invoices_as_of.as_of_date', 365) }}
            as is_due_in_365_days,
        invoices_as_of.open_amount > 0 and invoices_as_of.due_on < invoices_as_of.as_of_date
            as is_overdue,
        coalesce(invoices_as_of.paid_on > invoices_as_of.due_on, false) as is_paid_late,
        invoices_as_of.is_extra
        and {{ in_last_days('invoices_as_of.issued_on', 'invoices_as_of.as_of_date', 365) }}
            as is_expansion,
        case when rates.currency is null then invoices_as_of.currency end as unrated_currency,
        invoices_as_of.open_amount * rates.rate_to_reporting as open_reporting_amount,
        invoices_as_of.amount * rates.rate_to_reporting as reporting_amount
    from invoices_as_of
    left join rates
        on
            invoices_as_of.currency = rates.currency
            and invoices_as_of.as_of_date = rates.as_of_date
),

figures as (
    select
        account_id,
        as_of_date,
        cast(min(case when is_overdue then due_on end) as date) as oldest_overdue_on,
        cast(count(*) filter (where is_due_in_365_days) as integer) as due_count,
        cast(
            count(*) filter (where is_due_in_365_days and (is_paid_late or is_overdue)) as integer
        ) as late_count,
        {{ exact_sum('case when is_overdue then open_reporting_amount else 0 end') }}
            as overdue_amount,
        {{ exact_sum('case when is_expansion then reporting_amount else 0 end') }}
            as expansion_amount,
        min(case when is_overdue or is_expansion then unrated_currency end) as unrated_currency
    from judged
    group by account_id, as_of_date
)

select * from figures
