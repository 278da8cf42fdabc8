{{ staged_versions('readiness_checks') }}
