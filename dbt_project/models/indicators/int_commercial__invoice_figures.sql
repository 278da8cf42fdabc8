-- What is owed on each invoice at the end of each date: its amount less what was paid and credited.
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

credit_notes as (
    {{ credit_notes_as_of('dates') }}
),

credited_accounts as (
    select distinct account_id from credit_notes
),

-- a credit note is nothing that anybody owes
invoices as (
    select
        invoices.*,
        coalesce(invoices.kind in ('upsell', 'beyond_contract'), false) as is_extra,
        asked.is_ratio_asked,
        credited_accounts.account_id is not null as has_credit_notes
    from {{ ref('stg_invoices') }} as invoices
    cross join asked
    left join credited_accounts on invoices.account_id = credited_accounts.account_id
    where
        invoices.amount > 0
        and not {{ is_credit_note('invoices') }}
        and (
            asked.is_ratio_asked
            or credited_accounts.account_id is not null
            or coalesce(invoices.paid_on > invoices.due_on, true)
            or invoices.amount_paid < invoices.amount
            or invoices.kind in ('upsell', 'beyond_contract')
        )
),

-- Dates come from the version known for the date, undated facts from the one that stood on it.
invoices_as_of as (
    select
        dates.account_id,
        dates.as_of_date,
        dated.invoice_id,
        dated.issued_on,
        dated.due_on,
        dated.is_extra,
        dated.is_ratio_asked,
        dated.has_credit_notes,
        dated.currency,
        cast(dated.amount as decimal(19, 4)) as amount,
        case when dated.paid_on <= dates.as_of_date then dated.paid_on end as paid_on,
        dated.amount_paid is null as is_paid_amount_unknown,
        {{ paid_amount('dated', 'undated', 'dates.as_of_date') }} as paid_amount,
        undated.status
    from dates
    inner join invoices as dated
        on
            dates.account_id = dated.account_id
            and dates.as_of_date >= dated.issued_on
            and {{ is_known('dated', 'dates.as_of_date') }}
    inner join {{ ref('stg_invoices') }} as undated
        on
            dated.invoice_id = undated.invoice_id
            and {{ is_in_force('undated', 'dates.as_of_date') }}
    where
        dated.has_credit_notes
        or (
            dated.due_on < dates.as_of_date
            and (
                coalesce(dated.paid_on > dates.as_of_date, true)
                or dated.amount_paid < dated.amount
            )
        )
        or (
            dated.is_ratio_asked
            and {{ in_last_days('dated.due_on', 'dates.as_of_date', 365) }}
        )
        or (
            dated.is_extra
            and {{ in_last_days('dated.issued_on', 'dates.as_of_date', 365) }}
        )
),

credits as (
    {{ credits_of_invoices('credit_notes', 'invoices_as_of') }}
),

-- what is written off was due and not paid, and nobody waits for it any more
owed as (
    select
        invoices_as_of.*,
        coalesce(credits.named_amount, 0) as named_amount,
        case
            when coalesce(invoices_as_of.status in ('void', 'credited'), false) then 0
            else greatest(
                invoices_as_of.amount - invoices_as_of.paid_amount
                - coalesce(credits.named_amount, 0) - coalesce(credits.shared_amount, 0),
                0
            )
        end as unpaid_amount,
        coalesce(invoices_as_of.status in ('written_off', 'uncollectible'), false) as is_given_up,
        coalesce(invoices_as_of.status in ('void', 'credited'), false) as is_withdrawn
    from invoices_as_of
    left join credits
        on
            invoices_as_of.account_id = credits.account_id
            and invoices_as_of.as_of_date = credits.as_of_date
            and invoices_as_of.invoice_id = credits.invoice_id
),

judged as (
    select
        owed.account_id,
        owed.as_of_date,
        owed.due_on,
        owed.is_ratio_asked
        and {{ in_last_days('owed.due_on', 'owed.as_of_date', 365) }}
        and coalesce(owed.status <> 'void', true) as is_due_in_365_days,
        owed.unpaid_amount > 0 and owed.due_on < owed.as_of_date as is_unpaid_after_due,
        owed.unpaid_amount > 0 and owed.due_on < owed.as_of_date and not owed.is_given_up
            as is_overdue,
        coalesce(owed.paid_on > owed.due_on, false) as is_paid_late,
        owed.is_extra
        and not owed.is_withdrawn
        and {{ in_last_days('owed.issued_on', 'owed.as_of_date', 365) }} as is_expansion,
        case when rates.currency is null then owed.currency end as unrated_currency,
        {{ amount_times('owed.unpaid_amount', 'rates.rate_to_reporting') }}
            as unpaid_reporting_amount,
        {{ amount_times(
            'greatest(owed.amount - owed.named_amount, 0)', 'rates.rate_to_reporting'
        ) }} as reporting_amount
    from owed
    left join rates
        on owed.currency = rates.currency and owed.as_of_date = rates.as_of_date
),

figures as (
    select
        account_id,
        as_of_date,
        cast(min(case when is_overdue then due_on end) as date) as oldest_overdue_on,
        cast(count(*) filter (where is_due_in_365_days) as integer) as due_count,
        cast(
            count(*) filter (
                where is_due_in_365_days and (is_paid_late or is_unpaid_after_due)
            ) as integer
        ) as late_count,
        {{ exact_sum('case when is_overdue then unpaid_reporting_amount else 0 end') }}
            as overdue_amount,
        {{ exact_sum('case when is_expansion then reporting_amount else 0 end') }}
            as expansion_amount,
        min(case when is_overdue or is_expansion then unrated_currency end) as unrated_currency
    from judged
    group by account_id, as_of_date
)

select * from figures
