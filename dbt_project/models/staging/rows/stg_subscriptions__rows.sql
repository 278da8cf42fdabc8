{{ judged_rows('subscriptions') }}
