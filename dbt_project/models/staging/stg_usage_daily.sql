{{ staged_versions('usage_daily') }}
