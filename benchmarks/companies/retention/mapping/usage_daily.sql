select
    customer_id as account_id,
    usage_month as used_on,
    'month' as period,
    sessions as events,
    minutes_used * 60 as duration_seconds
from landed.usage_metrics
