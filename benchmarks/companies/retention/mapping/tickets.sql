-- no ids, no day of solution, no priority in the file
select
    customer_id || '-' || strftime(ticket_date, '%Y%m%d') || '-'
    || row_number() over (partition by customer_id, ticket_date order by issue_type, resolved) as ticket_id,
    customer_id as account_id,
    case issue_type when 'Feature Request' then 'feature_request' when 'Performance' then 'bug' else 'question' end as kind,
    'normal' as priority,                       -- required, but nobody recorded it
    case when resolved then 'solved' else 'open' end as status,
    ticket_date as opened_at,
    issue_type = 'Cancellation' as is_churn_risk
from landed.support_tickets
