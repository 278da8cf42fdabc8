{{ staged_rows('usage_events') }}
