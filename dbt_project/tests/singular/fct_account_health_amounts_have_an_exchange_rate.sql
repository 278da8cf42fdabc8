-- Money in another currency than the reporting one needs a rate at most seven days old: names the
-- currency and the date that lack one.
select
    currency,
    as_of_date,
    count(*) as account_count
from {{ ref('int_accounts__as_of') }}
where is_rate_missing
group by currency, as_of_date
