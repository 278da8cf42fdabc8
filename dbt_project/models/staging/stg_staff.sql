{{ staged_versions('staff') }}
