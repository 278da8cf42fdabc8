{{ staged_rows('usage_daily') }}
