{{ staged_versions('business_outcomes') }}
