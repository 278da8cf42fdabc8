{{ staged_versions('usage_events') }}
