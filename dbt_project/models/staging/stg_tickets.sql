{{ staged_versions('tickets') }}
