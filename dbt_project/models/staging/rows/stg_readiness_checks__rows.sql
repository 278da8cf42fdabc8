{{ staged_rows('readiness_checks') }}
