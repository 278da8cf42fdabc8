{{ judged_rows('readiness_checks') }}
