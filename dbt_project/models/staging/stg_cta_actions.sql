{{ staged_versions('cta_actions') }}
