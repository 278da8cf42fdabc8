{{ staged_rows('subscriptions') }}
