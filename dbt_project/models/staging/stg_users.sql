{{ staged_versions('users') }}
