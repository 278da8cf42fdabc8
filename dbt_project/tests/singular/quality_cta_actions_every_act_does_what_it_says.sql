-- Acts of people that did nothing: for an unknown call to action, step or assignee, or without a day.
{{ config(severity='warn') }}
select
    rule,
    count(*) as act_count,
    min(action_id) as first_example,
    max(action_id) as last_example
from {{ ref('quality_cta_actions') }}
group by rule
order by rule
