{{ judged_rows('usage_events') }}
