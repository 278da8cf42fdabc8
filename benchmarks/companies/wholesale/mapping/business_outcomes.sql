-- revenue (GBP, returns taken off) per customer and calendar quarter; quarters without sales are 0
with lines as (
    select cast("Customer ID" as bigint) as customer, cast("InvoiceDate" as timestamp) as sold_at,
           "Description" as article, "Quantity" as pieces, "Price" as price
    from landed.online_retail_vf
    union   -- takes out doubled lines
    select cast("CustomerID" as bigint), cast("InvoiceDate" as timestamp), "Description", "Quantity", "UnitPrice"
    from landed.online_retail_bm
),
sales as (
    select customer, cast(date_trunc('quarter', sold_at) as date) as quarter, sum(pieces * price) as amount
    from lines where customer is not null group by all
),
quarters as (select distinct quarter from sales),
sales_end as (select max(sold_at) as sold_at from lines),
firsts as (select customer, min(quarter) as first_quarter from sales group by all)
select
    f.customer as account_id,
    'revenue' as metric,
    q.quarter as period_start,
    cast(q.quarter + interval 3 month - interval 1 day as date) as period_end,
    round(coalesce(s.amount, 0), 2) as actual
from firsts as f
join quarters as q on q.quarter >= f.first_quarter
    and q.quarter + interval 3 month - interval 1 day <= (select max(sold_at) from sales_end)
left join sales as s on s.customer = f.customer and s.quarter = q.quarter
