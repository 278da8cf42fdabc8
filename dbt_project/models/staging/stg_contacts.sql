{{ staged_versions('contacts') }}
