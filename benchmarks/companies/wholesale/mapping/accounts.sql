with lines as (
    select "Customer ID" as customer, cast("InvoiceDate" as timestamp) as sold_at, "Country" as country, "Quantity" as q
    from landed.online_retail_vf
    union all
    select "CustomerID", cast("InvoiceDate" as timestamp), "Country", "Quantity" from landed.online_retail_bm
)
select
    cast(customer as bigint) as account_id,
    'Customer ' || cast(customer as bigint) as name,
    arg_max(country, (sold_at, country)) as region,
    min(sold_at) as created_at
from lines
where customer is not null
group by customer
