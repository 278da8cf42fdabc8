-- churn dates after the end of the data are plans or guesses of the generator: reading them would leak
with data_end as (select last_day(max(usage_month)) as day from landed.usage_metrics)
select
    c.customer_id as account_id,
    'Customer ' || c.customer_id as name,
    s.plan_type as customer_type,
    c.country as region,
    c.acquisition_channel as industry,
    s.monthly_fee * 12 as annual_value,
    'USD' as currency,
    c.signup_date as created_at,
    case when s.churn_date <= d.day then s.churn_date end as closed_at
from landed.customers as c
left join landed.subscriptions as s on s.customer_id = c.customer_id
cross join data_end as d
