-- One payment attempt = one invoice. No key in the file: customer, day and a counter.
-- Paid: due and paid on its day. Late: due on its day, paid at least a day after (how late is unknown).
-- Failed carries 0: what is owed is the monthly fee; it counts as settled by the next payment that worked.
with payments as (
    select
        p.*,
        s.monthly_fee,
        row_number() over (partition by p.customer_id, p.payment_date order by p.payment_status, p.amount) as n,
        min(case when p.payment_status <> 'Failed' then p.payment_date end) over (
            partition by p.customer_id order by p.payment_date
            rows between 1 following and unbounded following
        ) as next_paid_on
    from landed.payments as p
    left join landed.subscriptions as s on s.customer_id = p.customer_id
)
select
    customer_id || '-' || strftime(payment_date, '%Y%m%d') || '-' || n as invoice_id,
    customer_id as account_id,
    'S' || customer_id as subscription_id,
    payment_date as issued_on,
    payment_date as due_on,
    case payment_status
        when 'Paid' then payment_date
        when 'Late' then payment_date + 1
        else next_paid_on
    end as paid_on,
    case when payment_status = 'Failed' then monthly_fee else amount end as amount,
    'USD' as currency,
    case when payment_status = 'Failed' then 'open' else 'paid' end as status,
    'contract' as kind
from payments
