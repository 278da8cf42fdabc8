{# What is owed on an invoice: its amount less what was paid and credited. See the page on the
   module commercial. #}

{# A credit note says so by its kind, or names the invoice that it lowers. #}
{% macro is_credit_note(alias) -%}
    (coalesce({{ alias }}.kind, '') = 'credit' or {{ alias }}.credits_invoice_id is not null)
{%- endmacro %}

{# What was paid by the end of the date: `dated` is the version known for it, `undated` the one that
   stood on it. A payment date closes what its amount covers, or all where none is recorded; a
   payment without a date is known from the version that shows it, and so is a part that was paid
   before the payment that the known version dates. #}
{% macro paid_amount(dated, undated, date) -%}
    case
        when {{ dated }}.paid_on <= {{ date }}
            then coalesce({{ dated }}.amount_paid, {{ dated }}.amount)
        when {{ undated }}.paid_on is null
            then coalesce(
                {{ undated }}.amount_paid,
                case when {{ undated }}.status = 'paid' then {{ dated }}.amount end,
                0
            )
        when
            {{ undated }}.paid_on <= {{ date }}
            and {{ undated }}.amount_paid < {{ undated }}.amount
            then {{ undated }}.amount_paid
        -- what was paid later says nothing about what was open on the date
        else 0
    end
{%- endmacro %}

{# One row per account, date and credit note that counts at the end of it. #}
{% macro credit_notes_as_of(dates) -%}
    select
        {{ dates }}.account_id,
        {{ dates }}.as_of_date,
        dated.invoice_id as credit_note_id,
        dated.credits_invoice_id,
        dated.currency,
        dated.issued_on,
        abs(dated.amount) as amount
    from {{ dates }}
    inner join {{ ref('stg_invoices') }} as dated
        on
            {{ dates }}.account_id = dated.account_id
            and {{ is_credit_note('dated') }}
            and {{ dates }}.as_of_date >= dated.issued_on
            and {{ is_known('dated', dates ~ '.as_of_date') }}
    inner join {{ ref('stg_invoices') }} as undated
        on
            dated.invoice_id = undated.invoice_id
            and {{ is_in_force('undated', dates ~ '.as_of_date') }}
    where coalesce(undated.status <> 'void', true)
{%- endmacro %}

{# By how much each invoice is lowered: by notes that name it (`named_amount`), and by its share of
   those that name none of the account's, which go to the oldest open invoices of their currency.
   Such a note is used up where an older invoice was closed after it by a payment without an amount:
   the customer paid what the note had left. #}
{% macro credits_of_invoices(credit_notes, invoices) -%}
    with matched as (
        select
            notes.*,
            named.invoice_id
        from {{ credit_notes }} as notes
        left join {{ invoices }} as named
            on
                notes.account_id = named.account_id
                and notes.as_of_date = named.as_of_date
                and notes.credits_invoice_id = named.invoice_id
                and notes.currency = named.currency
    ),

    named as (
        select
            account_id,
            as_of_date,
            invoice_id,
            sum(amount) as amount
        from matched
        where invoice_id is not null
        group by account_id, as_of_date, invoice_id
    ),

    unnamed as (
        select
            invoices.account_id,
            invoices.as_of_date,
            invoices.invoice_id,
            invoices.currency,
            invoices.issued_on,
            invoices.due_on,
            case when invoices.is_paid_amount_unknown then invoices.paid_on end as closed_on,
            invoices.amount,
            coalesce(named.amount, 0) as named_amount,
            case
                when invoices.status in ('void', 'credited', 'written_off', 'uncollectible') then 0
                else greatest(
                    invoices.amount - invoices.paid_amount - coalesce(named.amount, 0), 0
                )
            end as open_amount
        from {{ invoices }} as invoices
        left join named
            on
                invoices.account_id = named.account_id
                and invoices.as_of_date = named.as_of_date
                and invoices.invoice_id = named.invoice_id
        where invoices.has_credit_notes
    ),

    aged as (
        select
            *,
            min(case when open_amount > 0 then issued_on end) over (
                partition by account_id, as_of_date, currency
            ) as oldest_open_on,
            coalesce(sum(open_amount) over (
                partition by account_id, as_of_date, currency
                order by issued_on, due_on, invoice_id
                rows between unbounded preceding and 1 preceding
            ), 0) as older_open_amount
        from unnamed
    ),

    left_over as (
        select
            matched.account_id,
            matched.as_of_date,
            matched.currency,
            matched.credit_note_id,
            greatest(max(matched.amount) - coalesce(sum(closed.amount), 0), 0) as amount
        from matched
        left join aged as closed
            on
                matched.account_id = closed.account_id
                and matched.as_of_date = closed.as_of_date
                and matched.currency = closed.currency
                and closed.issued_on <= matched.issued_on
                and closed.closed_on > matched.issued_on
                and coalesce(closed.issued_on < closed.oldest_open_on, true)
        where matched.invoice_id is null
        group by
            matched.account_id, matched.as_of_date, matched.currency, matched.credit_note_id
    ),

    shared as (
        select
            account_id,
            as_of_date,
            currency,
            sum(amount) as amount
        from left_over
        group by account_id, as_of_date, currency
    )

    select
        aged.account_id,
        aged.as_of_date,
        aged.invoice_id,
        aged.named_amount,
        least(
            aged.open_amount, greatest(coalesce(shared.amount, 0) - aged.older_open_amount, 0)
        ) as shared_amount
    from aged
    left join shared
        on
            aged.account_id = shared.account_id
            and aged.as_of_date = shared.as_of_date
            and aged.currency = shared.currency
{%- endmacro %}
