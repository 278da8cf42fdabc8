{{ staged_versions('accounts') }}
