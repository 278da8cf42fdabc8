{{ judged_rows('account_events') }}
