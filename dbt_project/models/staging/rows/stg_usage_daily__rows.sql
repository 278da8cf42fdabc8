{{ judged_rows('usage_daily') }}
