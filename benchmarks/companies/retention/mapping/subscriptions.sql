with data_end as (select last_day(max(usage_month)) as day from landed.usage_metrics)
select
    'S' || s.customer_id as subscription_id,
    s.customer_id as account_id,
    'subscription' as product,
    s.plan_type as plan,
    s.monthly_fee as amount,
    'USD' as currency,
    'month' as billing_period,
    s.start_date as started_on,
    case when s.churn_date <= d.day then s.churn_date end as cancelled_on
from landed.subscriptions as s
cross join data_end as d
