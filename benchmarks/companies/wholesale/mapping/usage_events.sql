-- bm (2010-12 to 2011-12) has neither invoice nor stock code, so the key is made of the columns both files have:
-- identical lines, and those of 1-9 December 2010 in both files, fall together as duplicates and are counted.
with lines as (
    select "Customer ID" as customer, cast("InvoiceDate" as timestamp) as sold_at, "Description" as article,
           "Quantity" as pieces, "Price" as price
    from landed.online_retail_vf
    union all
    select "CustomerID", cast("InvoiceDate" as timestamp), "Description", "Quantity", "UnitPrice"
    from landed.online_retail_bm
)
select
    md5(concat_ws('|', coalesce(cast(cast(customer as bigint) as varchar), '-'), sold_at,
        coalesce(article, '-'), pieces, price)) as event_id,
    cast(customer as bigint) as account_id,
    case when pieces < 0 then 'return' else 'order_line' end as action,
    sold_at as occurred_at,
    pieces as quantity
from lines
