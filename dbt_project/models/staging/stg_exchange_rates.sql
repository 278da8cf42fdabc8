{{ staged_versions('exchange_rates') }}
