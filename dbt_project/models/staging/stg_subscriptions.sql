{{ staged_versions('subscriptions') }}
