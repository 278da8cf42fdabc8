{{ staged_versions('account_events') }}
