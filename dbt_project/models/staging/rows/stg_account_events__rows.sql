{{ staged_rows('account_events') }}
